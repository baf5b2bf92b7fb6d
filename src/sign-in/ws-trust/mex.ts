/** What AD FS says about its WS-Trust endpoints (WS-MetadataExchange, WSDL 1.1, WS-SecurityPolicy). It must not take an endpoint on another host. */

import { LyncauthError } from '../../errors.js';
import type { HttpResponse } from '../../http/client.js';
import { webAddress } from '../answer.js';
import { hostName } from '../domain-name.js';
import type { MethodInput } from '../types.js';
import { children, descendants, parseXml, type XmlElement } from '../xml.js';
import { SERVICE } from './fault.js';
import { type TrustVersion, UTILITY } from './namespaces.js';

const MEX_PATH = '/adfs/services/trust/mex';
/** The paths of AD FS's endpoints are the same everywhere; the version and the kind of credentials are in them. */
const ENDPOINT_PATH = /\/trust\/(2005|13)\/(usernamemixed|certificatemixed|certificatetransport)$/i;

export type EndpointKind = 'usernamemixed' | 'certificatemixed' | 'certificatetransport';
export type SignatureHash = 'sha1' | 'sha256';

export interface Endpoint {
  readonly kind: EndpointKind;
  readonly version: TrustVersion;
  readonly url: URL;
  /** Whose endpoint it is: the sign-in service itself, which vouches for its own certauth name. */
  readonly service: URL;
  /** Of signatures, as the endpoint's policy wants it. */
  readonly hash: SignatureHash;
}

export interface Offer {
  /** WS-Trust 1.3 before 2005. */
  readonly endpoints: readonly Endpoint[];
  /** Endpoints that the metadata names on other hosts or without https; never used. */
  readonly foreign: readonly Endpoint[];
}

/**
 * Asks the AD FS that serves `stsUrl` what it offers to us, from where we are: a proxy publishes less than the servers behind it.
 *
 * @throws LyncauthError DOMAIN_UNTRUSTED, METHOD_NOT_OFFERED without metadata, SERVER_ERROR for what is none
 */
export async function readOffer(input: MethodInput, stsUrl: URL): Promise<Offer> {
  const url = new URL(MEX_PATH, stsUrl);
  await input.trust.assertTrusted(url, SERVICE);
  const response = await input.http.request({ method: 'GET', url, headers: { Accept: 'application/soap+xml, text/xml, application/xml' } });
  if (response.status !== 200) throw noMetadata(url, response);
  const offer = parseOffer(response.body, stsUrl);
  for (const { kind, version, url: at } of offer.endpoints) input.log?.verbose(`${url.host} offers ${kind} (${version}) at ${at.host}`);
  for (const { kind, url: at } of offer.foreign) input.log?.verbose(`${kind} at ${at.origin} is not used: not a host of ${url.host}`);
  return offer;
}

/**
 * Reads such metadata.
 *
 * @throws LyncauthError SERVER_ERROR
 */
export function parseOffer(metadata: Buffer | string, stsUrl: URL): Offer {
  const { root } = parseXml(metadata, SERVICE);
  const policies = new Map(descendants(root, 'Policy').map((policy) => [policy.getAttributeNS(UTILITY, 'Id'), policy]));
  const bindings = new Map(descendants(root, 'binding').map((binding) => [binding.getAttribute('name'), binding]));
  const all = descendants(root, 'port').flatMap((port) => {
    const binding = bindings.get(port.getAttribute('binding')?.replace(/^.*:/, '') ?? '');
    const policy = binding && (policies.get(policyId(binding) ?? '') ?? binding);
    return endpointAt(children(port, 'address')[0]?.getAttribute('location'), { service: stsUrl, hash: policy ? hashOf(policy) : 'sha1' });
  });
  const newestFirst = all.sort((a, b) => Number(b.version === '13') - Number(a.version === '13'));
  return {
    endpoints: newestFirst.filter((endpoint) => isOwn(endpoint, stsUrl) && !isForDevices(endpoint, stsUrl)),
    foreign: newestFirst.filter((endpoint) => !isOwn(endpoint, stsUrl)),
  };
}

function policyId(binding: XmlElement): string | undefined {
  return children(binding, 'PolicyReference')[0]?.getAttribute('URI')?.replace(/^#/, '');
}

function endpointAt(location: string | null | undefined, known: Pick<Endpoint, 'service' | 'hash'>): Endpoint[] {
  const url = webAddress(location);
  const [, version, kind] = ENDPOINT_PATH.exec(url?.pathname ?? '') ?? [];
  if (url === undefined || version === undefined || kind === undefined) return [];
  return [{ ...known, kind: kind.toLowerCase() as EndpointKind, version: version as TrustVersion, url }];
}

/** The suites that end in Sha256, and those with Sha256Rsa15, digest and sign with SHA-256, all others with SHA-1 (WS-SecurityPolicy 1.2 section 6.1). */
function hashOf(policy: XmlElement): SignatureHash {
  const suites = descendants(policy, 'AlgorithmSuite').flatMap((suite) => descendants(suite));
  return suites.some(({ localName }) => /Sha256/.test(localName ?? '')) ? 'sha256' : 'sha1';
}

/** The host of the sign-in service on any port, https; for a card in TLS also its documented `certauth` name. */
function isOwn({ kind, url }: Endpoint, stsUrl: URL): boolean {
  const hosts = [hostName(stsUrl), ...(kind === 'certificatetransport' ? [`certauth.${hostName(stsUrl)}`] : [])];
  return url.protocol === 'https:' && hosts.includes(hostName(url));
}

/** The port of the sign-in page asks for certificates of devices: a card is never shown there. */
function isForDevices({ kind, url }: Endpoint, stsUrl: URL): boolean {
  return kind === 'certificatetransport' && url.origin === stsUrl.origin;
}

function noMetadata(url: URL, { status }: HttpResponse): LyncauthError {
  const message = `${SERVICE} at ${url.host} publishes no WS-Trust metadata (it answered ${status})`;
  if (status >= 500 && status !== 503) return new LyncauthError('SERVER_ERROR', message, { hint: 'try again later' });
  return new LyncauthError('METHOD_NOT_OFFERED', message, { hint: 'sign in with --method passive, or ask the administrator to enable it' });
}
