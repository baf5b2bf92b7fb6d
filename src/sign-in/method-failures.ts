/** What is said when the ways to prove a user fail: which were tried, and why each did not lead in. Tries none itself. */
import { type ErrorCode, isLyncauthError, LyncauthError } from '../errors.js';
import { isTimeUsedUp } from '../http/time-budget.js';
import type { AccessLocation } from './discovery-document.js';
import type { MethodName, Session } from './types.js';

/** The methods that did not lead in so far, in their order, with the reason. */
export type Tried = Session['notUsed'];

/** Failures that belong to the way and not to the user: another way may lead in. A firewall may close the certificate port, and a page may be new. */
const OTHER_WAY: readonly ErrorCode[] = [
  'METHOD_NOT_OFFERED',
  'LOGON_UNSUPPORTED',
  'ADDON_MISSING',
  'CARD_UNSUPPORTED',
  'CLIENT_CERTIFICATE_REFUSED',
  'REDIRECT_REFUSED',
  'RESPONSE_TOO_LARGE',
  'SERVER_ERROR',
  'NETWORK',
  'TIMEOUT',
];

/** True when another method may lead in. A host that only asks for certificates may have a wrong one itself; no other server may. */
export function isOtherWay(error: unknown): error is LyncauthError {
  if (isLyncauthError(error, 'TLS_UNTRUSTED')) return error.details.certificateHost !== undefined;
  return isLyncauthError(error, ...OTHER_WAY) && !isTimeUsedUp(error);
}

/** `error`, which ends it all, with what became of the methods before; itself where it is about no server's answer, or there were none. */
export function afterOthers(error: unknown, method: MethodName, before: Tried): unknown {
  if (!isLyncauthError(error) || error.code === 'INTERRUPTED' || before.length === 0) return error;
  const said = before.map((each) => `; before that the method ${each.method} failed: ${each.reason}`);
  return retold(error, `${error.message}${said.join('')}`, [...before, { method, reason: error.message }]);
}

/** All failed. The way that should have led in is the one to mend; what became of the others stands beside it. */
export function allFailed(failure: LyncauthError, method: MethodName, tried: Tried, location?: AccessLocation): LyncauthError {
  // Which ways AD FS shows at its page is set for each network.
  const where = method === 'passive' && failure.code === 'METHOD_NOT_OFFERED' ? seenFrom(location, ' (', ')') : '';
  const others = tried.filter((each) => each.method !== method && each.reason !== failure.message);
  const said = others.map((each) => `; the method ${each.method} failed too: ${each.reason}`);
  return retold(failure, `${failure.message}${where}${said.join('')}`, tried);
}

/** None could even be tried. */
export function noneOffered(host: string, choice: MethodName | 'auto', tried: Tried, location?: AccessLocation): LyncauthError {
  const what = choice === 'auto' ? 'no sign-in with a card' : `no sign-in with the method ${choice}`;
  const why = tried.map(({ method, reason }) => (choice === 'auto' ? `${method}: ${reason}` : reason)).join('; ');
  return new LyncauthError('METHOD_NOT_OFFERED', `${host} offers ${what}${seenFrom(location, ', ')} (${why})`, {
    hint:
      choice === 'auto'
        ? 'ask your helpdesk whether your account signs in with a card; a password is used only with --method password'
        : 'leave --method out to use what is offered',
    details: { methods: tried },
  });
}

/** Where the pool sees this computer: what is offered may differ. */
function seenFrom(location: AccessLocation | undefined, before: string, after = ''): string {
  if (location === undefined) return '';
  return `${before}seen from ${sideOf(location)} the organisation${after}`;
}

/** `inside`, `outside`: of the organisation. */
export function sideOf(location: AccessLocation): string {
  return location === 'internal' ? 'inside' : 'outside';
}

function retold(error: LyncauthError, message: string, methods: Tried): LyncauthError {
  const { code, hint, details } = error;
  return new LyncauthError(code, message, { ...(hint !== undefined && { hint }), details: { ...details, methods }, cause: error });
}
