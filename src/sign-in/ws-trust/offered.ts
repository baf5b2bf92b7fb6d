/** Picks an endpoint of what a sign-in service offers, and says why none fits. */
import { LyncauthError } from '../../errors.js';
import { SERVICE } from './fault.js';
import type { Endpoint, EndpointKind, Offer } from './mex.js';

/** The endpoint of the kind with the newest version of WS-Trust. */
export function endpointOf(offer: Offer, kind: EndpointKind): Endpoint | undefined {
  return offer.endpoints.find((endpoint) => endpoint.kind === kind);
}

/** The error when none of `kinds` is offered: DOMAIN_UNTRUSTED when one is, but on a host that is not the service's own. */
export function notOffered(offer: Offer, stsUrl: URL, kinds: readonly EndpointKind[]): LyncauthError {
  const names = kinds.join(' nor ');
  const foreign = offer.foreign.find(({ kind }) => kinds.includes(kind));
  if (foreign) {
    return new LyncauthError(
      'DOMAIN_UNTRUSTED',
      `${SERVICE} at ${stsUrl.host} names ${foreign.kind} at ${foreign.url.origin}, which is not its own host over https`,
      {
        hint: 'tell the administrator of AD FS: the metadata must name the host of the federation service',
        details: { host: foreign.url.host },
      },
    );
  }
  return new LyncauthError(
    'METHOD_NOT_OFFERED',
    `${SERVICE} at ${stsUrl.host} offers ${kinds.length > 1 ? 'neither' : 'no'} ${names} from here`,
    {
      hint: 'sign in with --method passive, or ask the administrator of AD FS to enable the endpoint',
      details: { offered: offer.endpoints.map(({ kind, version }) => `${version}/${kind}`) },
    },
  );
}
