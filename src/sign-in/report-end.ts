/** What is said when a session was ended or forgotten, as JSON and in words. */
import type { Outcome } from '../context.js';
import type { LyncauthError } from '../errors.js';
import type { Forgotten } from './forget.js';
import { utcMinute } from './report.js';
import type { SignedOut } from './sign-out.js';

/** A request that a CA may still decide about. */
export interface OpenRequest {
  requestId: string | null;
  ca: string;
  card: { label: string; serial: string };
  upn: string | null;
}

interface EndReport {
  signedOut: boolean;
  address: string | null;
  server: string | null;
  /** What became of the application at the server; null when there was no session, or the server could not be told. */
  application: SignedOut['ended'] | null;
  /** Why the server could not be told. */
  error: { code: string; message: string; hint?: string } | null;
}

export function reportSignOut(signedOut: SignedOut): Outcome {
  return { result: endReport(signedOut), text: [endText(signedOut)], ...exitCode(signedOut) };
}

/** For `forget-credentials` and `sign-out --forget`. */
export function reportForgotten({ removed, kept, signedOut }: Forgotten<OpenRequest>): Outcome {
  return {
    result: { ...endReport(signedOut), removed, kept },
    text: [
      ...(signedOut.removed ? [endText(signedOut)] : []),
      ...(removed.length === 0
        ? ['nothing was stored on this computer']
        : ['removed from this computer:', ...removed.map((each) => `  ${each}`)]),
      ...kept.map(keptText),
      'the card is untouched',
    ],
    ...exitCode(signedOut),
  };
}

/** For a sign-in that forgets first. */
export function forgottenLines({ removed, kept, signedOut }: Forgotten<OpenRequest>): string[] {
  return [...(signedOut.removed ? [endText(signedOut)] : []), ...removed.map((each) => `deleted: ${each}`), ...kept.map(keptText)];
}

function endReport({ session, removed, ended, failure }: SignedOut): EndReport {
  return {
    signedOut: removed,
    address: session?.address ?? null,
    server: session?.server ?? null,
    application: ended ?? null,
    error: failure === undefined ? null : errorReport(failure),
  };
}

function errorReport({ code, message, hint }: LyncauthError): EndReport['error'] {
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

function endText({ session, removed, ended, failure }: SignedOut): string {
  if (!removed) return 'nobody is signed in; there is nothing to end';
  if (session === undefined) return `signed out on this computer; the server could not be told: ${failure?.message ?? ''}`;
  const { address, server, expiresAt } = session;
  if (failure !== undefined) {
    const rest = `what is left there ends by itself, the token on ${utcMinute(expiresAt)}`;
    return `${address} is signed out on this computer, but not at ${server}: ${failure.message}; ${rest}`;
  }
  const at = {
    closed: `the session at ${server} is ended`,
    gone: `${server} had ended the session already`,
    expired: `the token for ${server} had ended already`,
  };
  return `${address} is signed out; ${at[ended ?? 'closed']}`;
}

function keptText({ requestId, ca, card, upn }: OpenRequest): string {
  const whose = upn === null ? 'without the name of its user' : `with the name of its user, ${upn}, since another one like it is open`;
  return `kept, ${whose}: request ${requestId ?? '(not sent)'} at ${ca} for card "${card.label}" (--abandon drops it)`;
}

/** Of what failed; the rest is done. */
function exitCode({ failure }: SignedOut): { exitCode?: number } {
  return failure === undefined ? {} : { exitCode: failure.exitCode };
}
