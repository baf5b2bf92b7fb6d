/** Sign-in by WS-Trust with the card: AD FS issues a token to its certificate, and the pool's passive page takes the token. Needs no web page of AD FS. */
import { isLyncauthError, LyncauthError } from '../../errors.js';
import { createCookieJar } from '../../http/cookies.js';
import type { ClientIdentity } from '../../signer.js';
import { postWresult } from '../passive/relying-party.js';
import { startPassive } from '../passive/start.js';
import type { MethodInput, SignInMethod, Token } from '../types.js';
import { issueBySignature, issueByTransport } from './issue.js';
import { type Offer, readOffer } from './mex.js';
import { endpointOf, notOffered } from './offered.js';
import type { SecurityToken } from './response.js';
import { canSignRequests } from './signed-request.js';
import { wrapAsWresult } from './wresult.js';

/** Failures of TLS with the card, of the port it needs and of what stands in front of it: a message that the card signed meets none of these. */
const TRANSPORT_FAILURES = [
  'ADDON_MISSING',
  'CARD_UNSUPPORTED',
  'CLIENT_CERTIFICATE_REFUSED',
  'CERTIFICATE_NOT_ACCEPTED',
  'NETWORK',
  'TIMEOUT',
  'SERVER_ERROR',
] as const;

/** WS-Trust with the card: `certificatetransport` where it is offered, else `certificatemixed`. */
export const certificateMethod: SignInMethod = {
  name: 'certificate',
  unavailable({ identity, passiveUrl }) {
    if (identity === undefined) return 'it needs a card';
    return passiveUrl === undefined ? 'the pool names no passive sign-in page that would take the token' : undefined;
  },
  signIn,
};

async function signIn(input: MethodInput): Promise<Token> {
  const { identity, passiveUrl } = input;
  if (identity === undefined || passiveUrl === undefined) {
    throw new LyncauthError('METHOD_NOT_OFFERED', `no sign-in with the method certificate: ${certificateMethod.unavailable(input)}`);
  }
  const jar = createCookieJar();
  const { stsUrl, wctx, realm } = await startPassive(input, jar);
  const offer = await readOffer(input, stsUrl);
  const token = await issue(input, offer, stsUrl, realm, identity);
  return await postWresult(input, jar, passiveUrl, wrapAsWresult(token, realm, input.now()), wctx);
}

async function issue(input: MethodInput, offer: Offer, stsUrl: URL, realm: string, identity: ClientIdentity): Promise<SecurityToken> {
  const transport = endpointOf(offer, 'certificatetransport');
  const mixed = endpointOf(offer, 'certificatemixed');
  const canSign = canSignRequests(identity);
  if (transport) {
    try {
      return await issueByTransport(input, transport, realm, identity);
    } catch (error) {
      if (!mixed || !canSign || !isTransportFailure(error)) throw error;
      input.log?.verbose(`certificatetransport failed (${error.message}); certificatemixed is tried`);
    }
  }
  if (!mixed) throw notOffered(offer, stsUrl, ['certificatetransport', 'certificatemixed']);
  if (!canSign) throw needsRsa(stsUrl);
  return await issueBySignature(input, mixed, realm, identity);
}

/** A SOAP fault is the verdict of AD FS itself, and holds for its other endpoints too. */
function isTransportFailure(error: unknown): error is LyncauthError {
  return isLyncauthError(error, ...TRANSPORT_FAILURES) && error.details.fault === undefined;
}

function needsRsa({ host }: URL): LyncauthError {
  return new LyncauthError(
    'METHOD_NOT_OFFERED',
    `of the WS-Trust endpoints for certificates ${host} offers certificatemixed only, whose requests are signed with RSA; the card's key is not an RSA key`,
    { hint: 'sign in with --method passive, which takes every kind of key' },
  );
}
