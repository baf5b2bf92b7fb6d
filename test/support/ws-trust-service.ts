/** A pool with its AD FS behind a pretended HTTPS client: for tests of what a WS-Trust sign-in sends where, and of what it makes of the answers. */
import type { HttpClient, HttpRequest, HttpResponse } from '../../src/http/client.js';
import { Secret } from '../../src/secret.js';
import type { MethodInput } from '../../src/sign-in/types.js';

export const NOW = new Date('2026-02-03T04:05:06.000Z');
export const POOL = 'https://pool.lab.test';
export const STS = 'https://sts.lab.test';
export const REALM = 'https://pool.lab.test/passiveauth';
const WCTX = 'rm=0&id=passive&ru=%2fPassiveAuth%2fPassiveAuth.aspx';
const ADFS = '/adfs/services/trust';
const TRUST_2005 = 'http://schemas.xmlsoap.org/ws/2005/02/trust';
const TRUST_13 = 'http://docs.oasis-open.org/ws-sx/ws-trust/200512';

export interface Offered {
  /** `13/certificatemixed`. */
  path: string;
  origin?: string;
  suite?: string;
}

/** Metadata as AD FS publishes it: policies, bindings, and ports that name them. */
export function metadata(offered: readonly Offered[]): string {
  const parts = offered.map(({ path, origin = STS, suite = 'Basic256' }, index) => ({
    name: `Binding_${index}`,
    location: `${origin}${ADFS}/${path}`,
    suite,
  }));
  const policies = parts.map(
    ({ name, suite }) =>
      `<wsp:Policy wsu:Id="${name}_policy"><wsp:ExactlyOne><wsp:All><sp:TransportBinding><wsp:Policy><sp:AlgorithmSuite><wsp:Policy><sp:${suite}/></wsp:Policy></sp:AlgorithmSuite></wsp:Policy></sp:TransportBinding></wsp:All></wsp:ExactlyOne></wsp:Policy>`,
  );
  const bindings = parts.map(
    ({ name }) =>
      `<wsdl:binding name="${name}" type="tns:IWSTrust"><wsp:PolicyReference URI="#${name}_policy"/><soap12:binding transport="http://schemas.xmlsoap.org/soap/http"/></wsdl:binding>`,
  );
  const ports = parts.map(
    ({ name, location }) => `<wsdl:port name="${name}" binding="tns:${name}"><soap12:address location="${location}"/></wsdl:port>`,
  );
  return `<Metadata xmlns="http://schemas.xmlsoap.org/ws/2004/09/mex" xmlns:wsx="http://schemas.xmlsoap.org/ws/2004/09/mex"><wsx:MetadataSection xmlns="" Dialect="http://schemas.xmlsoap.org/wsdl/"><wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy" xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd" xmlns:sp="http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:tns="urn:sts">${policies.join('')}${bindings.join('')}<wsdl:service name="SecurityTokenService">${ports.join('')}</wsdl:service></wsdl:definitions></wsx:MetadataSection></Metadata>`;
}

export const ASSERTION = `<saml:Assertion MajorVersion="1" MinorVersion="1" AssertionID="_a" xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion"><saml:NameIdentifier>alice@lab.test</saml:NameIdentifier></saml:Assertion>`;

/** A SOAP answer with a token; `outer` are more attributes of the envelope. */
export function tokenAnswer(version: '2005' | '13', token = ASSERTION, outer = ''): string {
  const response = `<t:RequestSecurityTokenResponse xmlns:t="${version === '13' ? TRUST_13 : TRUST_2005}"><t:Lifetime><u:Created xmlns:u="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">2026-02-03T04:05:00.000Z</u:Created><u:Expires xmlns:u="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">2026-02-03T05:05:00.000Z</u:Expires></t:Lifetime><t:RequestedSecurityToken>${token}</t:RequestedSecurityToken></t:RequestSecurityTokenResponse>`;
  const body =
    version === '13'
      ? `<c:RequestSecurityTokenResponseCollection xmlns:c="${TRUST_13}">${response}</c:RequestSecurityTokenResponseCollection>`
      : response;
  return `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" ${outer}><s:Header/><s:Body>${body}</s:Body></s:Envelope>`;
}

/** A SOAP 1.2 fault. */
export function faultAnswer(subcode: string, reason: string, code = 'Sender'): string {
  return `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:${code}</s:Value><s:Subcode><s:Value xmlns:o="urn:o">o:${subcode}</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en-US">${reason}</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>`;
}

export type Answer = { status: number; body?: string; headers?: HttpResponse['headers'] };
export type Route = (request: HttpRequest) => Answer | Promise<Answer>;

export interface PretendedService {
  input: MethodInput;
  /** Everything that was sent, in order. */
  sent: HttpRequest[];
  /** The requests to addresses that end so. */
  sentTo(end: string): HttpRequest[];
  /** What was told with -v. */
  told: string[];
}

/** Answers are by the end of the address; the pool's own are there unless `routes` replaces them. */
export function pretendService(routes: Record<string, Route>, input: Partial<MethodInput> = {}): PretendedService {
  const sent: HttpRequest[] = [];
  const told: string[] = [];
  const signInUrl = new URL(`${STS}/adfs/ls/?wa=wsignin1.0`);
  signInUrl.searchParams.set('wtrealm', REALM);
  signInUrl.searchParams.set('wctx', WCTX);
  const all: Record<string, Route> = {
    '/PassiveAuth/PassiveAuth.aspx': ({ method }) =>
      method === 'GET'
        ? { status: 302, headers: { location: signInUrl.href } }
        : {
            status: 302,
            headers: { location: '/PassiveAuth/done.aspx', 'set-cookie': ['FedAuth=cookie-of-the-pool; path=/; secure; httponly'] },
          },
    '/PassiveAuth/done.aspx': () => ({ status: 200 }),
    '/WebTicket/oauthtoken': ({ headers }) =>
      headers?.Cookie?.includes('FedAuth=')
        ? { status: 200, body: '{"access_token":"cwt=the-token","expires_in":28800,"token_type":"Bearer"}' }
        : refusedGrant(),
    ...routes,
  };
  const http: HttpClient = {
    request: async (request) => {
      sent.push(request);
      const route = Object.entries(all).find(([end]) => `${request.url.origin}${request.url.pathname}`.endsWith(end));
      if (!route) throw new Error(`nobody answers at ${request.url.href}`);
      const { status, body = '', headers = {} } = await route[1](request);
      return { status, headers, body: Buffer.from(body) };
    },
    close: () => {},
  };
  const full: MethodInput = {
    http,
    log: { verbose: (text) => told.push(text), trace: () => {} },
    address: { text: 'alice@lab.test', user: 'alice', domain: 'lab.test' },
    trust: { assertTrusted: async () => {} },
    tokenUrl: new URL(`${POOL}/WebTicket/oauthtoken`),
    grants: ['urn:microsoft.rtc:passive'],
    passiveUrl: new URL(`${POOL}/PassiveAuth/PassiveAuth.aspx`),
    identity: undefined,
    password: undefined,
    now: () => NOW,
    ...input,
  };
  return { input: full, sent, sentTo: (end) => sent.filter(({ url }) => url.pathname.endsWith(end)), told };
}

function refusedGrant(): Answer {
  return {
    status: 400,
    body: '{"error":"unsupported_grant_type"}',
    headers: { 'x-ms-diagnostics': '28029;source="pool.lab.test";reason="Authentication type not allowed"' },
  };
}

/** The field of a form that was posted. */
export function field({ body }: HttpRequest, name: string): string | undefined {
  return new URLSearchParams(String(body)).get(name) ?? undefined;
}

export const PASSWORD = { account: 'LAB\\alice', secret: new Secret('Pa$$w0rd <&> "ö"') };
