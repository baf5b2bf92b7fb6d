/** Turns a refusal of a pool into a sentence, a hint and an exit code, with the server's own reason. Bodies and tickets never get into it. */
import { LyncauthError } from '../errors.js';
import type { HttpResponse } from '../http/client.js';
import { clockError, clockSkew } from './clock.js';
import { readSignals, type Signals } from './signals.js';
import { ACCOUNT_DISABLED, TOKEN_REFUSED, type Verdict, verdictOf, verdictOfStatus, WRONG_PASSWORD } from './verdicts.js';

export interface ErrorContext {
  /** For the clock; the clock of this computer unless given. */
  now?: Date | undefined;
  /** What was sent as proof: decides what a refusal is about. */
  proof?: 'password' | 'token' | undefined;
}

/**
 * The error for an answer that is a refusal or a failure.
 *
 * The server's number decides (X-Ms-diagnostics, OCSDiagnosticsFault), then its words (OAuth, UCWA and SOAP codes), then the status. A
 * refusal that a wrong clock explains is CLOCK_SKEW when the Date header says that the clocks differ by more than five minutes.
 *
 * @param what - who answered, as a sentence begins: `the token service at pool.example.com`
 */
export function poolError(response: HttpResponse, what: string, { now = new Date(), proof }: ErrorContext = {}): LyncauthError {
  const signals = readSignals(response);
  const verdict = judge(signals, response.status, proof);
  const ahead = verdict.clock && clockSkew(response.headers, now);
  if (ahead !== undefined) return clockError(ahead, what, said(signals));
  const status = verdictOf(signals) === undefined ? ` (status ${response.status})` : '';
  return new LyncauthError(verdict.code, `${what} ${verdict.says}${status}${said(signals)}`, {
    hint: retryAfter(response, verdict) ?? verdict.hint,
    details: detailsOf(signals, response.status),
  });
}

function judge(signals: Signals, status: number, proof: ErrorContext['proof']): Verdict {
  const clear = verdictOf(signals);
  const aboutProof = signals.id === undefined || signals.id === 28020;
  if (
    proof === 'password' &&
    clear !== ACCOUNT_DISABLED &&
    signals.id === undefined &&
    (status === 401 || signals.oauthError === 'invalid_grant')
  ) {
    return WRONG_PASSWORD;
  }
  if (proof === 'token' && clear !== ACCOUNT_DISABLED && aboutProof && (status === 401 || status === 403 || signals.id === 28020)) {
    return TOKEN_REFUSED;
  }
  return clear ?? verdictOfStatus(status);
}

/** ` (it says: No valid security token, 28020)`, or nothing. */
function said({ id, reason, oauthError, ucwaError, fault }: Signals): string {
  const words = [reason?.replace(/\.$/, '') ?? oauthError ?? ucwaError ?? fault, id].filter((part) => part !== undefined);
  return words.length > 0 ? ` (it says: ${words.join(', ')})` : '';
}

function retryAfter({ headers, status }: HttpResponse, verdict: Verdict): string | undefined {
  const seconds = headers['retry-after'];
  if (verdict.code !== 'SERVER_ERROR' || (status !== 429 && status !== 503) || !/^\d{1,5}$/.test(seconds ?? '')) return undefined;
  return `try again in ${seconds} seconds`;
}

function detailsOf({ id, source, reason, oauthError, ucwaError, fault }: Signals, status: number) {
  const serverError = oauthError ?? ucwaError ?? fault;
  return {
    status,
    ...(id !== undefined && { diagnosticsId: id }),
    ...(source !== undefined && { source }),
    ...(reason !== undefined && { serverReason: reason }),
    ...(serverError !== undefined && { serverError }),
  };
}
