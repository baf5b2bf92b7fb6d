/** Sign-in by WS-Trust with the card: AD FS issues a token to its certificate, and the pool's passive page takes the token. Needs no web page of AD FS. */
import { isLyncauthError, LyncauthError } from '../../errors.js';
import { isTimeUsedUp } from '../../http/time-budget.js';
import type { ClientIdentity } from '../../signer.js';
import type { MethodInput, PreparedSignIn, Proof, SignInMethod } from '../types.js';
import { issueBySignature, issueByTransport } from './issue.js';
import type { Endpoint } from './mex.js';
import { endpointOf, notOffered } from './offered.js';
import type { SecurityToken } from './response.js';
import { findService, type TrustService } from './service.js';
import { canSignRequests } from './signed-request.js';

/** Failures of TLS with the card, of the port it needs and of what stands in front of it: a message that the card signed meets none of these. */
const TRANSPORT_FAILURES = [
  'ADDON_MISSING',
  'CARD_UNSUPPORTED',
  'CLIENT_CERTIFICATE_REFUSED',
  'CERTIFICATE_NOT_ACCEPTED',
  'NETWORK',
  'TIMEOUT',
  'TLS_UNTRUSTED',
  'RESPONSE_TOO_LARGE',
  'SERVER_ERROR',
] as const;

/** WS-Trust with the card: `certificatetransport` where it is offered, else `certificatemixed`. */
export const certificateMethod: SignInMethod = { name: 'certificate', unavailable, prepare };

function unavailable({ identity, passiveUrl }: MethodInput): string | undefined {
  if (identity === undefined) return 'it needs a card';
  return passiveUrl === undefined ? 'the pool names no passive sign-in page that would take the token' : undefined;
}

async function prepare(input: MethodInput): Promise<PreparedSignIn> {
  const service = await findService(input);
  const ways = waysOf(service, cardOf(input));
  return async (proof) => {
    const token = await issue({ ...input, ...proof }, ways, service.realm, cardOf(proof));
    return await service.redeem(token);
  };
}

function cardOf({ identity }: Proof): ClientIdentity {
  if (identity === undefined) throw new LyncauthError('METHOD_NOT_OFFERED', 'no sign-in with the method certificate: it needs a card');
  return identity;
}

/** The endpoints that the card can be used at; one of the two at least. */
type Ways = { transport: undefined; mixed: Endpoint } | { transport: Endpoint; mixed: Endpoint | undefined };

function waysOf({ offer, stsUrl }: TrustService, identity: ClientIdentity): Ways {
  const transport = endpointOf(offer, 'certificatetransport');
  const mixed = endpointOf(offer, 'certificatemixed');
  const canSign = canSignRequests(identity);
  if (transport !== undefined) return { transport, mixed: canSign ? mixed : undefined };
  if (mixed === undefined) throw notOffered(offer, stsUrl, ['certificatetransport', 'certificatemixed']);
  if (!canSign) throw needsRsa(stsUrl);
  return { transport, mixed };
}

async function issue(input: MethodInput, { transport, mixed }: Ways, realm: string, identity: ClientIdentity): Promise<SecurityToken> {
  if (transport === undefined) return await issueBySignature(input, mixed, realm, identity);
  try {
    return await issueByTransport(input, transport, realm, identity);
  } catch (error) {
    if (mixed === undefined || !isTransportFailure(error)) throw error;
    input.log?.verbose(`certificatetransport failed (${error.message}); certificatemixed is tried`);
    return await issueBySignature(input, mixed, realm, identity);
  }
}

/** A SOAP fault is the verdict of AD FS itself, and holds for its other endpoints too. */
function isTransportFailure(error: unknown): error is LyncauthError {
  return isLyncauthError(error, ...TRANSPORT_FAILURES) && error.details.fault === undefined && !isTimeUsedUp(error);
}

function needsRsa({ host }: URL): LyncauthError {
  return new LyncauthError(
    'METHOD_NOT_OFFERED',
    `of the WS-Trust endpoints for certificates ${host} offers certificatemixed only, whose requests are signed with RSA; the card's key is not an RSA key`,
    { hint: 'sign in with --method passive, which takes every kind of key' },
  );
}
