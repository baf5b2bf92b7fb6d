/** A refusal of a WS-Trust service in plain words. It shows the server's own reason and must never show what was sent to it. */
import { LyncauthError } from '../../errors.js';
import type { HttpResponse } from '../../http/client.js';
import { clockError, clockSkew } from '../clock.js';
import { serverText } from '../server-text.js';
import { type Verdict, WRONG_PASSWORD } from '../verdicts.js';
import { children, descendants, textOf, type XmlElement } from '../xml.js';
import { SOAP } from './namespaces.js';

/** As sentences name it. */
export const SERVICE = 'the sign-in service';

/** Faults of WS-Security 1.0 section 12 that speak of the signature or how it is written, not of who signed. */
const SECURITY_FAULTS = new Set([
  'UnsupportedSecurityToken',
  'UnsupportedAlgorithm',
  'InvalidSecurity',
  'InvalidSecurityToken',
  'FailedCheck',
  'SecurityTokenUnavailable',
]);

/** What proves who asks. */
export type Proof = 'card' | 'password';

interface Fault {
  /** Local names of the code and its subcodes, outermost first. */
  codes: string[];
  reason: string | undefined;
}

const CARD_NOT_ACCEPTED: Verdict = {
  code: 'CERTIFICATE_NOT_ACCEPTED',
  says: 'did not accept the certificate of the card',
  hint: 'ask the administrator whether the certificate belongs to your account, and whether AD FS trusts the CA and reaches its revocation list',
};
const REQUEST_NOT_ACCEPTED: Verdict = {
  code: 'SIGN_IN_REFUSED',
  says: 'did not accept the request that the card signed',
  hint: 'sign in with --method passive, which signs no request',
};
const FAILED: Verdict = { code: 'SERVER_ERROR', says: 'failed', hint: 'try again later; the reason is in the event log of AD FS' };
const NO_TOKEN: Verdict = {
  code: 'SIGN_IN_REFUSED',
  says: 'issued no token',
  hint: 'ask its administrator to look at the event log of AD FS at this time',
};

/** True for a refusal that another way to name the certificate may turn into an answer. */
export function isSecurityFault(error: unknown): boolean {
  const codes: unknown = error instanceof LyncauthError ? error.details.fault : undefined;
  return Array.isArray(codes) && speaksOfSecurity(codes);
}

function speaksOfSecurity(codes: readonly string[]): boolean {
  return codes.some((code) => SECURITY_FAULTS.has(code));
}

/** The SOAP 1.2 fault in `envelope`, if it is one (SOAP 1.2 part 1 section 5.4). */
export function readFault(envelope: XmlElement): Fault | undefined {
  const fault = children(envelope, 'Body').flatMap((body) => children(body, 'Fault'))[0];
  if (fault?.namespaceURI !== SOAP) return undefined;
  const values = children(fault, 'Code').flatMap((code) => descendants(code, 'Value'));
  const reason = children(fault, 'Reason').flatMap((part) => children(part, 'Text'))[0];
  return {
    codes: values.slice(0, 8).map((value) => serverText(textOf(value)?.replace(/^.*:/, '')) ?? ''),
    reason: serverText(textOf(reason)),
  };
}

/** The error for a fault; `response` is what carried it. */
export function faultError(fault: Fault, host: string, response: HttpResponse, proof: Proof, now: Date): LyncauthError {
  const { codes, reason } = fault;
  // A service says nothing of who asks before it is content with the times in the message.
  const skew = codes.includes('FailedAuthentication') ? undefined : clockSkew(response.headers, now);
  if (skew !== undefined) return clockError(skew, host, reason === undefined ? '' : ` (${reason})`);
  return errorOf(verdictOn(codes, proof), host, fault);
}

function verdictOn(codes: readonly string[], proof: Proof): Verdict {
  if (codes.includes('FailedAuthentication')) return proof === 'password' ? WRONG_PASSWORD : CARD_NOT_ACCEPTED;
  if (proof === 'card' && speaksOfSecurity(codes)) return REQUEST_NOT_ACCEPTED;
  return codes.includes('Receiver') ? FAILED : NO_TOKEN;
}

/** CERTIFICATE_NOT_ACCEPTED for a card that was shown and turned down without a word. */
export function cardNotAccepted(host: string): LyncauthError {
  return errorOf(CARD_NOT_ACCEPTED, host);
}

function errorOf({ code, says, hint }: Verdict, host: string, fault?: Fault): LyncauthError {
  const said = fault?.reason === undefined ? '' : `: ${fault.reason}`;
  const details = fault && { fault: fault.codes, ...(fault.reason !== undefined && { reason: fault.reason }) };
  return new LyncauthError(code, `${SERVICE} at ${host} ${says}${said}`, { hint, ...(details && { details }) });
}
