/** This computer's clock against a server's. It must not set anything, nor decide that a clock is to blame for what has another reason. */
import type { IncomingHttpHeaders } from 'node:http';
import { LyncauthError } from '../errors.js';

/** Both WS-Security time stamps and Kerberos allow five minutes. */
const TOLERATED_MS = 5 * 60_000;

/** How far the clock of who sent `headers` is ahead of `now`, milliseconds; undefined when that is within what servers tolerate, or not told. */
export function clockSkew(headers: IncomingHttpHeaders, now: Date): number | undefined {
  const ahead = Date.parse(headers.date ?? '') - now.getTime();
  return Math.abs(ahead) > TOLERATED_MS ? ahead : undefined;
}

/**
 * CLOCK_SKEW for a refusal that a wrong clock explains.
 *
 * @param ahead what clockSkew found
 * @param server as a sentence names it
 * @param said the server's own words, in brackets, or nothing
 */
export function clockError(ahead: number, server: string, said = ''): LyncauthError {
  const side = ahead > 0 ? 'behind' : 'ahead of';
  return new LyncauthError(
    'CLOCK_SKEW',
    `this computer's clock is ${duration(Math.abs(ahead))} ${side} that of ${server}, which refused the sign-in${said}`,
    {
      hint: 'set the clock of this computer (timedatectl set-ntp true), then sign in again',
      details: { skewSeconds: Math.round(ahead / 1000) },
    },
  );
}

function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
