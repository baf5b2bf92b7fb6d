/** Which ways to log on are tried, in which order. Sends nothing. */
import type { Logon } from '../request-rules.js';
import { negotiateScheme } from './negotiate.js';
import { ntlmScheme } from './ntlm.js';
import type { LogonScheme } from './scheme.js';

/** The schemes for `logon`, the first to be tried first. Basic is none of them: it is used where somebody asked for it, and never otherwise. */
export async function schemesFor(logon: Logon): Promise<LogonScheme[]> {
  if (logon.scheme === 'negotiate') return [negotiateScheme({ required: true })];
  if (logon.scheme === 'ntlm') return [ntlmScheme(logon)];
  // A server that demands channel binding refuses the ticket, which carries none; then it is NTLM's turn, on a connection of its own.
  return [negotiateScheme({ required: false }), ntlmScheme(logon)];
}
