/** WS-Trust at the practice organisation's AD FS, asked with messages made without its code and without the client's. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpClient, type HttpClient, type HttpResponse } from '../../../../src/http/client.js';
import { type Account, findAccount } from '../../../../src/lab/accounts.js';
import { readRoot } from '../../../../src/lab/authority-files.js';
import type { Federation } from '../../../../src/lab/federation.js';
import { verifySecurityToken } from '../../../../src/lab/security-token.js';
import type { ClientIdentity } from '../../../../src/signer.js';
import { issueCertificate } from '../../../../src/x509/issue-certificate.js';
import { usePracticeHosts } from '../../../support/practice-hosts.js';
import { newRsaKey, passwordMessage, plainMessage, type SignedOptions, signedMessage } from './messages.js';

const MINUTE = 60 * 1000;
const key = newRsaKey();
const alice = findAccount('LAB\\alice') as Account;
const hosts = usePracticeHosts();
let client: HttpClient;
let federation: Federation;
let certificate: Buffer;

beforeAll(async () => {
  client = createHttpClient({ caFile: hosts.caFile, env: {}, timeoutMs: 5000 });
  federation = await hosts.federation();
  certificate = certificateFor(alice, key);
});
afterAll(() => client.close());

function certificateFor({ upn, subject }: Pick<Account, 'upn' | 'subject'>, owner: ReturnType<typeof newRsaKey>): Buffer {
  const content = {
    subject,
    upn,
    publicKey: createPublicKey(owner).export({ type: 'spki', format: 'der' }),
    notBefore: new Date(Date.now() - MINUTE),
    notAfter: new Date(Date.now() + 60 * MINUTE),
    keyUsage: ['digitalSignature'] as const,
    extendedKeyUsage: ['1.3.6.1.5.5.7.3.2'],
  };
  return issueCertificate(content, readRoot(hosts.dir));
}

function post(url: string, body: string, identity?: ClientIdentity): Promise<HttpResponse> {
  return client.request({
    method: 'POST',
    url: new URL(url),
    body,
    identity,
    headers: { 'Content-Type': 'application/soap+xml; charset=utf-8' },
  });
}

function address(path: string): string {
  return `${path.endsWith('certificatetransport') ? hosts.certificateHost.origin : hosts.sts.origin}/adfs/services/trust/${path}`;
}

function base(path: string) {
  return { version: path.startsWith('13') ? '13' : '2005', to: address(path), audience: federation.relyingParty.identifier } as const;
}

function signed(path: string, options: Partial<SignedOptions> = {}): Promise<HttpResponse> {
  return post(address(path), signedMessage({ ...base(path), key, certificate, ...options }));
}

/** The claims of the token in an answer, wrapped and verified as the pool does. */
function claimsOf(response: HttpResponse) {
  const assertion = /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(response.body.toString())?.[0] ?? '';
  const wresult = `<t:RequestSecurityTokenResponse xmlns:t="http://schemas.xmlsoap.org/ws/2005/02/trust"><t:RequestedSecurityToken>${assertion}</t:RequestedSecurityToken></t:RequestSecurityTokenResponse>`;
  return verifySecurityToken(wresult, federation, { audience: federation.relyingParty.identifier, now: new Date(), seen: new Set() });
}

function faultOf(response: HttpResponse): [number, string | undefined, string | undefined] {
  const text = response.body.toString();
  return [response.status, /<s:Subcode><s:Value[^>]*>f:(\w+)/.exec(text)?.[1], noteOf()];
}

function noteOf(): string | undefined {
  const entry = hosts.log().at(-1);
  return entry?.event === 'http' ? entry.note : undefined;
}

const PERSON = { sid: alice.sid, upn: alice.upn };

describe('a token is issued', () => {
  it.each(['2005', '13'] as const)('for a signed message at %s/certificatemixed', async (version) => {
    const response = await signed(`${version}/certificatemixed`);

    expect(response.headers['content-type']).toBe('application/soap+xml; charset=utf-8');
    expect(claimsOf(response)).toMatchObject({ ...PERSON, authenticationMethod: 'urn:oasis:names:tc:SAML:1.0:am:X509-PKI' });
    expect(response.body.toString().includes('RequestSecurityTokenResponseCollection')).toBe(version === '13');
    expect(noteOf()).toContain('Alice Example');
  });

  it.each(['direct', 'thumbprint'] as const)('for a signature that names the certificate by %s reference', async (reference) => {
    hosts.faults([`token-reference=${reference}`]);
    expect(claimsOf(await signed('13/certificatemixed', { reference }))).toMatchObject(PERSON);
  });

  it('for SHA-256 where the policy asks for it', async () => {
    hosts.faults(['ws-trust-sha256']);
    expect(claimsOf(await signed('13/certificatemixed', { hash: 'sha256' }))).toMatchObject(PERSON);
  });

  it.each(['2005', '13'] as const)('for a password at %s/usernamemixed', async (version) => {
    const path = `${version}/usernamemixed`;
    const message = passwordMessage({ ...base(path), user: 'alice@lab.test', password: alice.password });
    expect(claimsOf(await post(address(path), message))).toMatchObject({
      ...PERSON,
      authenticationMethod: 'urn:oasis:names:tc:SAML:1.0:am:password',
    });
  });

  it('for a TLS client certificate at certificatetransport', async () => {
    const path = '2005/certificatetransport';
    const response = await post(address(path), plainMessage(base(path)), hosts.card());

    expect(claimsOf(response)).toMatchObject({ ...PERSON, authenticationMethod: 'urn:ietf:rfc:2246' });
    expect(hosts.log().at(-1)).toMatchObject({ host: 'certificate', account: alice.name, certificate: expect.stringContaining('Alice') });
  });
});

describe('a signed message is refused', () => {
  it.each<[string, () => Partial<SignedOptions>, string]>([
    ['whose Timestamp is not signed', () => ({ unsigned: '_0' }), 'does not cover Timestamp'],
    ['whose To is not signed', () => ({ unsigned: '_1' }), 'does not cover To'],
    [
      'that was changed',
      () => ({ tamper: (text) => text.replace(/<u:Expires>20\d\d/, '<u:Expires>2199') }),
      'Timestamp is not what was signed',
    ],
    ['of six minutes ago', () => ({ at: new Date(Date.now() - 6 * MINUTE) }), 'the Timestamp was created at'],
    ['of six minutes ahead', () => ({ at: new Date(Date.now() + 6 * MINUTE) }), 'the Timestamp was created at'],
    ['with another key', () => ({ key: newRsaKey() }), 'the signature is not that of the key'],
    ['with SHA-256 where the policy says SHA-1', () => ({ hash: 'sha256' }), 'rsa-sha256 in the place of'],
    ['that points to another token', () => ({ tamper: (text) => text.replace('#X509-1', '#X509-2') }), 'refers to another token'],
    [
      'with the thumbprint of another certificate',
      () => ({ reference: 'thumbprint', tamper: (text) => text.replace(/(Binary">)[^<]{28}</, `$1${'A'.repeat(27)}=<`) }),
      'thumbprint is that of another',
    ],
    ['with two elements of one Id', () => ({ tamper: (text) => text.replace('<s:Body>', '<s:Body u:Id="_1">') }), 'the same Id'],
    [
      'with its Signature before its Timestamp',
      () => ({ tamper: (text) => text.replace(/(<u:Timestamp[\s\S]*<\/u:Timestamp>)([\s\S]*<\/Signature>)/, '$2$1') }),
      'in this order',
    ],
    [
      'with a reference to the whole document',
      () => ({ tamper: (text) => text.replace('<Reference URI="#_1">', '<Reference URI="">') }),
      'does not cover To',
    ],
  ])('%s', async (_, options, note) => {
    expect(faultOf(await signed('13/certificatemixed', options()))).toEqual([500, 'InvalidSecurity', expect.stringContaining(note)]);
  });

  it('the second time', async () => {
    const message = signedMessage({ ...base('13/certificatemixed'), key, certificate });

    expect((await post(address('13/certificatemixed'), message)).status).toBe(200);
    expect(faultOf(await post(address('13/certificatemixed'), message))).toEqual([500, 'InvalidSecurity', 'the message was sent before']);
  });

  it('with a key that is not RSA', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const options = { key: privateKey, certificate: certificateFor(alice, privateKey) };
    expect(faultOf(await signed('13/certificatemixed', options))).toEqual([500, 'InvalidSecurity', expect.stringContaining('RSA')]);
  });

  it('when the certificate is nobody’s, as a failed authentication', async () => {
    const options = { certificate: certificateFor({ subject: 'CN=Mallory', upn: 'mallory@lab.test' }, key) };
    const response = await signed('13/certificatemixed', options);

    expect(faultOf(response)).toEqual([500, 'FailedAuthentication', 'no account for mallory@lab.test']);
    expect(response.body.toString()).toContain('ID3242');
    expect(response.body.toString()).not.toContain('mallory');
  });

  it('when the CA of the cards is not trusted, as a failed authentication', async () => {
    hosts.faults(['adfs-fail=untrusted-ca']);
    const refusal = [500, 'FailedAuthentication', 'the certificate is of an unknown issuer'];
    const path = '2005/certificatetransport';

    expect(faultOf(await signed('13/certificatemixed'))).toEqual(refusal);
    expect(faultOf(await post(address(path), plainMessage(base(path)), hosts.card()))).toEqual(refusal);
  });

  it('when the clock of AD FS is an hour ahead, as its Date header shows', async () => {
    hosts.faults(['adfs-clock-skew']);
    const response = await signed('13/certificatemixed');

    expect(faultOf(response)).toEqual([500, 'InvalidSecurity', expect.stringContaining('the Timestamp was created at')]);
    expect(Date.parse(response.headers.date ?? '') - Date.now()).toBeGreaterThan(55 * MINUTE);
  });

  it.each(['direct', 'thumbprint'] as const)('with the other reference where %s is wanted', async (wanted) => {
    hosts.faults([`token-reference=${wanted}`]);
    const reference = wanted === 'direct' ? 'thumbprint' : 'direct';
    expect(faultOf(await signed('13/certificatemixed', { reference }))[1]).toBe('InvalidSecurity');
  });
});

describe('a message is refused', () => {
  const path = '13/usernamemixed';
  const send = (change: object, at = path) =>
    post(address(at), passwordMessage({ ...base(at), user: 'alice@lab.test', password: alice.password, ...change }));

  it('with a wrong password', async () => {
    expect(faultOf(await send({ password: 'wrong' }))).toEqual([500, 'FailedAuthentication', 'wrong user name or password']);
  });

  it.each([
    ['for another address', { to: 'https://localhost/elsewhere' }, 'DestinationUnreachable'],
    ['for another relying party', { audience: 'urn:nobody' }, 'InvalidScope'],
    ['with another action', { action: 'urn:nonsense' }, 'ActionNotSupported'],
    ['for another kind of key', { bearer: 'urn:symmetric' }, 'InvalidRequest'],
    ['with the other version of WS-Trust', { version: '2005' }, 'ActionNotSupported'],
    ['with a header that nobody understands', { header: '<x:New xmlns:x="urn:x" s:mustUnderstand="1"/>' }, undefined],
  ])('%s', async (_, change, subcode) => {
    expect(faultOf(await send(change)).slice(0, 2)).toEqual([500, subcode]);
  });

  it.each([
    ['not XML', 'nonsense'],
    ['with a document type', '<!DOCTYPE x [<!ENTITY e "x">]><x/>'],
    ['nested too deep', `${'<x>'.repeat(10_000)}${'</x>'.repeat(10_000)}`],
  ])('that is %s', async (_, body) => {
    expect(faultOf(await post(address(path), body)).slice(0, 2)).toEqual([500, undefined]);
  });

  it('without a certificate in TLS where TLS is the proof', async () => {
    const transport = '2005/certificatetransport';
    expect(faultOf(await post(address(transport), plainMessage(base(transport))))).toEqual([500, 'FailedAuthentication', 'no certificate']);
  });

  it('at endpoints that are switched off, and at the wrong host', async () => {
    hosts.faults(['ws-trust=mixed', 'ws-trust=13']);
    expect((await send({})).status).toBe(404);
    expect((await signed('2005/certificatemixed')).status).toBe(404);
    expect((await signed('13/certificatemixed')).status).toBe(200);
    const there = address('13/certificatemixed').replace(hosts.sts.origin, hosts.certificateHost.origin);
    expect((await post(there, '')).status).toBe(404);
  });

  it('that is not SOAP 1.2 by its type, and a GET', async () => {
    const url = new URL(address(path));
    expect((await client.request({ method: 'POST', url, body: '', headers: { 'Content-Type': 'text/xml' } })).status).toBe(415);
    expect((await client.request({ method: 'GET', url })).status).toBe(400);
  });
});

describe('the metadata exchange', () => {
  const mex = () => client.request({ method: 'GET', url: new URL(address('mex')) });
  const locations = (response: HttpResponse) =>
    [...response.body.toString().matchAll(/soap12:address location="([^"]*)"/g)].map(([, url = '']) => new URL(url));

  it('names every endpoint with its host, and the policy of each', async () => {
    const response = await mex();

    expect(
      locations(response).map(({ host, pathname }) => [host === hosts.sts.host, pathname.slice('/adfs/services/trust/'.length)]),
    ).toEqual([
      [true, '2005/windowstransport'],
      [true, '2005/certificatemixed'],
      [false, '2005/certificatetransport'],
      [true, '2005/usernamemixed'],
      [true, '13/windowstransport'],
      [true, '13/certificatemixed'],
      [true, '13/usernamemixed'],
    ]);
    const text = response.body.toString();
    const named = [...text.matchAll(/PolicyReference URI="#([^"]*)"/g)].map(([, name]) => name);
    expect(new Set(named).size).toBe(7);
    for (const name of named) expect(text).toContain(`wsu:Id="${name}"`);
    expect(text).toContain('Basic256/>');
  });

  it('shows from outside no Windows authentication, and other hashes when switched', async () => {
    hosts.faults(['adfs-outside', 'ws-trust-sha256']);
    const response = await mex();

    expect(locations(response).some(({ pathname }) => pathname.endsWith('windowstransport'))).toBe(false);
    expect(response.body.toString()).toContain('Basic256Sha256/>');
  });

  it('is not there when no endpoint is', async () => {
    hosts.faults(['ws-trust=none']);
    expect((await mex()).status).toBe(404);
  });
});
