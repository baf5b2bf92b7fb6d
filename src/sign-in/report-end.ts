/** What is said when a session was ended or forgotten, as JSON and in words. */
import type { Outcome } from '../context.js';
import { LyncauthError } from '../errors.js';
import { removedText } from '../store/removed.js';
import type { EndedAs } from './end.js';
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
  /** How the session ended at the server; null when there was none, or the server could not be told. */
  ended: EndedAs | null;
}

/** For `sign-out`. A server that could not be told is the failure of an outcome whose other part is done. */
export function reportSignOut(signedOut: SignedOut): Outcome<EndReport> {
  return { result: endReport(signedOut), text: [endText(signedOut)], failure: notTold(signedOut) };
}

/** For `forget-credentials` and `sign-out --forget`. */
export function reportForgotten(forgotten: Forgotten<OpenRequest>): Outcome<EndReport & Pick<Forgotten<OpenRequest>, 'removed' | 'kept'>> {
  const { removed, kept, signedOut } = forgotten;
  const nothing = kept.length === 0 ? 'nothing was stored on this computer' : 'nothing else was stored on this computer';
  return {
    result: { ...endReport(signedOut), removed, kept },
    text: [
      ...(signedOut.removed === undefined ? [] : [endText(signedOut)]),
      ...kept.map(keptText),
      ...(removed.length === 0 ? [nothing] : ['removed from this computer:', ...removed.map((each) => `  ${removedText(each)}`)]),
      'the card is untouched',
    ],
    failure: notTold(signedOut),
  };
}

/** For a sign-in that forgets first. */
export function forgottenLines({ removed, kept, signedOut }: Forgotten<OpenRequest>): string[] {
  return [
    ...(signedOut.removed === undefined ? [] : [endText(signedOut)]),
    ...removed.map((each) => `deleted: ${removedText(each)}`),
    ...kept.map(keptText),
  ];
}

function endReport({ session, removed, ended }: SignedOut): EndReport {
  return {
    signedOut: removed === 'session' || removed === 'unreadable',
    address: session?.address ?? null,
    server: session?.server ?? null,
    ended: ended ?? null,
  };
}

function endText({ session, removed, ended }: SignedOut): string {
  if (removed === undefined) return 'nobody is signed in; there is nothing to end';
  if (removed === 'rest') return 'nobody is signed in; what an interrupted run had begun to write is removed';
  if (session === undefined) return 'signed out on this computer';
  const { address, server } = session;
  if (ended === undefined) return `${address} is signed out on this computer`;
  const at = {
    closed: `the session at ${server} is ended`,
    gone: `${server} had ended the session already`,
    expired: `the token for ${server} had ended already`,
  };
  return `${address} is signed out; ${at[ended]}`;
}

/** Why the server could not be told; nothing is left here that could end the session there later. Undefined when it was. */
export function notTold({ session, failure }: SignedOut): LyncauthError | undefined {
  if (failure === undefined) return undefined;
  const { code, message, details } = failure;
  const what = session === undefined ? 'the server could not be told' : `the session at ${session.server} could not be ended`;
  const until = session === undefined ? 'for some hours' : `until ${utcMinute(session.expiresAt)}`;
  const hint = `nothing is left to do here; at the server it was not ended: it lives until it has been idle for some minutes, its token is valid ${until}`;
  return new LyncauthError(code, `${what}: ${message}`, { hint, details, cause: failure });
}

function keptText({ requestId, ca, card, upn }: OpenRequest): string {
  const whose = upn === null ? 'without the name of its user' : `with the name of its user, ${upn}, since another one like it is open`;
  return `kept, ${whose}: request ${requestId ?? '(not sent)'} at ${ca} for card "${card.label}" (--abandon drops it)`;
}
