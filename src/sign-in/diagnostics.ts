/** Turns a refusal of a pool into a sentence, a hint and an exit code, with the server's own reason. Bodies and tickets never get into it. */
import { LyncauthError } from '../errors.js';
import type { HttpResponse } from '../http/client.js';
import { serverName } from '../http/failure.js';
import { webAddress } from './answer.js';
import { clockError, clockSkew } from './clock.js';
import { readSignals, type Signals } from './signals.js';
import {
  ACCOUNT_DISABLED,
  NEW_TOKEN_REFUSED,
  NOT_HOMED,
  NOT_OF_THE_POOL,
  TOKEN_REFUSED,
  type Verdict,
  verdictOf,
  verdictOfStatus,
  WRONG_PASSWORD,
} from './verdicts.js';

export interface ErrorContext {
  /** For the clock; the clock of this computer unless given. */
  now?: Date | undefined;
  /** What was sent as proof: decides what a refusal is about. */
  proof?: 'password' | 'token' | 'new token' | undefined;
}

/**
 * The error for an answer that is a refusal or a failure.
 *
 * The server's number decides (X-Ms-diagnostics, OCSDiagnosticsFault), then its words (OAuth, UCWA and SOAP codes), then the status. A
 * refusal that a wrong clock explains is CLOCK_SKEW when the Date header says that the clocks differ by more than five minutes.
 *
 * @param what - who answered, as a sentence begins: `the token service at pool.example.com`
 */
export async function poolError(
  response: HttpResponse,
  what: string,
  { now = new Date(), proof }: ErrorContext = {},
): Promise<LyncauthError> {
  const signals = await readSignals(response);
  const verdict = judge(signals, response.status, proof);
  const ahead = verdict.clock && clockSkew(response.headers, now);
  if (ahead !== undefined) return clockError(ahead, what, said(signals));
  const status = verdictOf(signals) === undefined ? statusOf(response) : '';
  return new LyncauthError(verdict.code, `${what} ${verdict.says}${status}${said(signals)}`, {
    hint: retryAfter(response, verdict) ?? verdict.hint,
    details: detailsOf(signals, response.status),
  });
}

/** NOT_ENABLED for the answer of a discovery service at `url` that knows no home of the account; undefined for any other answer. */
export function notHomed({ status, body }: HttpResponse, url: URL): LyncauthError | undefined {
  if (status !== 404 || body.length > 0) return undefined;
  return new LyncauthError(NOT_HOMED.code, `${serverName(url)} ${NOT_HOMED.says}`, { hint: NOT_HOMED.hint });
}

function judge(signals: Signals, status: number, proof: ErrorContext['proof']): Verdict {
  const clear = verdictOf(signals);
  if (
    proof === 'password' &&
    clear !== ACCOUNT_DISABLED &&
    signals.id === undefined &&
    (status === 401 || signals.oauthError === 'invalid_grant')
  ) {
    return WRONG_PASSWORD;
  }
  if (proof === 'token' || proof === 'new token') {
    const refused = signals.id === 28020 || (signals.id === undefined && signals.asksForToken);
    if (refused && clear !== ACCOUNT_DISABLED) return proof === 'token' ? TOKEN_REFUSED : NEW_TOKEN_REFUSED;
    // What such a status means of a token is for the pool alone to say.
    if ([401, 403, 404, 410].includes(status) && !speaks(signals)) return NOT_OF_THE_POOL;
  }
  return clear ?? verdictOfStatus(status);
}

/** True when the answer has a sign of the pool in it: proxies have words of their own (UCWA, "Errors and informational messages"). */
function speaks({ id, oauthError, ucwaError, fault, disabled }: Signals): boolean {
  return disabled || [id, oauthError, ucwaError, fault].some((sign) => sign !== undefined);
}

/** ` (status 500)`, ` (status 302, to portal.example.com)`. */
function statusOf({ status, headers }: HttpResponse): string {
  const target = status >= 300 && status < 400 ? webAddress(headers.location) : undefined;
  return ` (status ${status}${target === undefined ? '' : `, to ${target.host}`})`;
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
