import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { issueCertificate } from '../../../src/x509/issue-certificate.js';
import { decodePem, encodePem } from '../../../src/x509/pem.js';
import { failure } from '../../support/failure.js';
import { createAuthority } from '../../support/loopback-https.js';
import { certsOnlyPkcs7 } from '../../support/openssl.js';
import { authority, type FakeCertsrv, fakeCertsrv, type Page } from './fake-certsrv.js';
import { chinese, denied, english, errorPage, issuedLinks, issuedScript, page, pending } from './page-samples.js';

const REQUEST = Buffer.from('3003020101', 'hex');
const ROOT = Buffer.from(authority.issuer.certificate);
const LEAF = issueCertificate(
  {
    subject: 'CN=Kim',
    publicKey: createPublicKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey).export({ type: 'spki', format: 'der' }),
    notBefore: new Date(Date.now() - 1000),
    notAfter: new Date(Date.now() + 100_000),
    keyUsage: ['digitalSignature'],
  },
  authority.issuer,
);

const open: FakeCertsrv[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function certsrv(pages: Record<string, Page>, options?: Parameters<typeof fakeCertsrv>[1]): Promise<FakeCertsrv> {
  const started = await fakeCertsrv(pages, options);
  open.push(started);
  return started;
}

const pkcs7 = (...certificates: Buffer[]) => certsOnlyPkcs7(certificates.map((der) => encodePem('CERTIFICATE', der)));

describe('the logon', () => {
  test('asks for the start page with Basic credentials and a browser-like name', async () => {
    const { ca, seen } = await certsrv({ '/certsrv/': page('Welcome') });
    await ca.checkLogon();
    expect(seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('CONTOSO\\kim:Passw0rd!').toString('base64')}`);
    expect(seen[0]?.headers['user-agent']).toMatch(/^Mozilla\//);
  });

  test('that is refused where Basic is offered blames name and password', async () => {
    const headers = { 'WWW-Authenticate': ['Negotiate', 'NTLM', 'Basic realm="ca, inc."'] };
    const { ca } = await certsrv({ '/certsrv/': { status: 401, headers } });
    expect(await failure(ca.checkLogon())).toMatchObject({ code: 'LOGON_REFUSED', details: { requestSent: false } });
  });

  test('that is refused where Basic is not offered names what is', async () => {
    const { ca } = await certsrv({ '/certsrv/': { status: 401, headers: { 'WWW-Authenticate': ['Negotiate', 'NTLM'] } } });
    const error = await failure(ca.checkLogon());
    expect(error.code).toBe('LOGON_UNSUPPORTED');
    expect(error.message).toContain('Negotiate and NTLM');
  });

  test('at an address without enrollment pages says so', async () => {
    const { ca, url } = await certsrv({});
    const error = await failure(ca.checkLogon());
    expect(error.code).toBe('SERVER_ERROR');
    expect(error.hint).toContain(`${url}/certsrv`);
  });
});

describe('a submission', () => {
  test('is the form that a browser sends', async () => {
    const { ca, seen } = await certsrv({ '/certsrv/certfnsh.asp': issuedLinks(83) });
    await ca.submit(REQUEST, { template: 'SmartcardUser' });
    const [request] = seen;
    expect(request).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    const form = new URLSearchParams(request?.body);
    expect(Object.fromEntries(form)).toEqual({
      Mode: 'newreq',
      CertRequest: encodePem('CERTIFICATE REQUEST', REQUEST),
      CertAttrib: 'CertificateTemplate:SmartcardUser\r\n',
      FriendlyType: 'Saved-Request Certificate',
      ThumbPrint: '',
      TargetStoreFlags: '0',
      SaveCert: 'yes',
    });
  });

  test('has every plus of base64 escaped', async () => {
    const { ca, seen } = await certsrv({ '/certsrv/certfnsh.asp': issuedLinks(83) });
    const request = Buffer.alloc(60, 0xfb);
    await ca.submit(request, { template: 'T' });
    expect(seen[0]?.body).toContain('%2B');
    expect(decodePem(new URLSearchParams(seen[0]?.body).get('CertRequest') ?? '')[0]?.der).toEqual(request);
  });

  test('cannot be given further attributes through a line break in a value', async () => {
    const { ca, seen } = await certsrv({ '/certsrv/certfnsh.asp': issuedLinks(83) });
    await ca.submit(REQUEST, { template: 'User\r\nSAN:upn=admin@contoso.test\n' });
    expect(new URLSearchParams(seen[0]?.body).get('CertAttrib')).toBe('CertificateTemplate:UserSAN:upn=admin@contoso.test\r\n');
  });

  test.each([
    ['issued', issuedLinks(83), { status: 'issued', requestId: '83' }],
    ['issued to a browser', issuedScript(84), { status: 'issued', requestId: '84' }],
    ['pending', pending(chinese, 85), { status: 'pending', requestId: '85' }],
  ])('that is %s has its id', async (_, html, expected) => {
    const { ca } = await certsrv({ '/certsrv/certfnsh.asp': html });
    expect(await ca.submit(REQUEST, { template: 'T' })).toEqual(expected);
  });

  test('that is denied has the reason in plain words and in those of the CA', async () => {
    const { ca } = await certsrv({ '/certsrv/certfnsh.asp': denied(english, 9, 'Denied by Policy Module  0x80094812, mail: T.\r\n') });
    expect(await ca.submit(REQUEST, { template: 'T' })).toEqual({
      status: 'denied',
      requestId: '9',
      hresult: '0x80094812',
      reason: 'the directory has no e-mail address for this account, and the template needs one',
      serverMessage: 'Denied by Policy Module 0x80094812, mail: T.',
    });
  });

  test('that the CA cannot read is denied without an id', async () => {
    const { ca } = await certsrv({ '/certsrv/certfnsh.asp': errorPage('Error Parsing Request', '0x8009310b (ASN: 267)') });
    expect(await ca.submit(REQUEST, { template: 'T' })).toMatchObject({
      status: 'denied',
      hresult: '0x8009310B',
      reason: expect.stringContaining('ASN.1'),
    });
  });

  test('while the CA service is stopped was certainly not taken', async () => {
    const { ca } = await certsrv({ '/certsrv/certfnsh.asp': errorPage('The RPC server is unavailable.', '0x800706ba (WIN32: 1722)') });
    expect(await failure(ca.submit(REQUEST, { template: 'T' }))).toMatchObject({
      code: 'SERVER_ERROR',
      details: { requestSent: false, hresult: '0x800706BA' },
    });
  });

  test.each<[string, Page]>([
    ['an unknown page', page('Hello')],
    ['a page that was cut', pending(english, 8).slice(0, 500)],
    ['an empty page', ''],
    ['an error page without a code', errorPage('(never set)', '0x00000000')],
    ['an error page with a code that may come after the fact', errorPage('RPC failed', '0x800706be')],
    ['status 500', { status: 500, body: 'oops' }],
    ['status 503', { status: 503 }],
    ['a huge page', Buffer.alloc(2 * 1024 * 1024)],
    ['a connection that is cut before the answer', (_, response) => response.destroy()],
    [
      'a connection that is cut in the answer',
      (_, response) => response.writeHead(200, { 'Content-Length': '5000' }).write(issuedLinks(3), () => response.destroy()),
    ],
  ])('answered by %s is uncertain', async (_, answer) => {
    const { ca, seen } = await certsrv({ '/certsrv/certfnsh.asp': answer });
    expect(await failure(ca.submit(REQUEST, { template: 'T' }))).toMatchObject({
      code: 'SUBMISSION_UNKNOWN',
      details: { requestSent: true },
    });
    expect(seen).toHaveLength(1);
  });

  test('that gets no answer in time is uncertain', async () => {
    const { ca } = await certsrv({ '/certsrv/certfnsh.asp': () => {} }, { timeoutMs: 200 });
    const error = await failure(ca.submit(REQUEST, { template: 'T' }));
    expect(error).toMatchObject({ code: 'SUBMISSION_UNKNOWN', cause: { code: 'TIMEOUT' } });
  });

  test('that is interrupted says so, and that it may have arrived', async () => {
    const controller = new AbortController();
    const { ca } = await certsrv({ '/certsrv/certfnsh.asp': () => controller.abort() }, { signal: controller.signal });
    expect(await failure(ca.submit(REQUEST, { template: 'T' }))).toMatchObject({ code: 'INTERRUPTED', details: { requestSent: true } });
  });

  test.each<[string, Page, string]>([
    ['a wrong password', { status: 401, headers: { 'WWW-Authenticate': 'Basic' } }, 'LOGON_REFUSED'],
    ['a server without Basic', { status: 401, headers: { 'WWW-Authenticate': 'NTLM' } }, 'LOGON_UNSUPPORTED'],
    ['a redirect', { status: 302, headers: { Location: 'https://elsewhere.test/certsrv/' } }, 'REDIRECT_REFUSED'],
    ['status 403', { status: 403 }, 'SERVER_ERROR'],
    ['status 404', { status: 404 }, 'SERVER_ERROR'],
  ])('refused by %s was certainly not taken', async (_, answer, code) => {
    const { ca, seen } = await certsrv({ '/certsrv/certfnsh.asp': answer });
    expect(await failure(ca.submit(REQUEST, { template: 'T' }))).toMatchObject({ code, details: { requestSent: false } });
    expect(seen).toHaveLength(1);
  });

  test('to a server that is gone was certainly not taken', async () => {
    const { ca, close } = await fakeCertsrv({});
    await close();
    expect(await failure(ca.submit(REQUEST, { template: 'T' }))).toMatchObject({ code: 'NETWORK', details: { requestSent: false } });
  });
});

describe('a retrieval', () => {
  const bodies: [string, string | Buffer][] = [
    ['PEM', encodePem('CERTIFICATE', LEAF)],
    ['DER', LEAF],
    ['base64', LEAF.toString('base64')],
    ['a PKCS#7 in the armour of a certificate', encodePem('CERTIFICATE', pkcs7(ROOT, LEAF))],
  ];

  test.each(bodies)('takes %s, whatever the content type says', async (_, body) => {
    const { ca, seen } = await certsrv({ '/certsrv/certnew.cer': { status: 200, headers: { 'Content-Type': 'text/html' }, body } });
    const answer = await ca.retrieve('83');
    expect(answer).toMatchObject({ status: 'issued' });
    expect(answer.status === 'issued' && answer.certificate.equals(LEAF)).toBe(true);
    expect(Object.fromEntries(seen[0]?.query ?? [])).toEqual({ ReqID: '83', Enc: 'b64' });
  });

  test('of a request that waits is pending', async () => {
    const { ca } = await certsrv({ '/certsrv/certnew.cer': errorPage('Taken Under Submission', '0x0') });
    expect(await ca.retrieve('83')).toEqual({ status: 'pending' });
  });

  test('of a request that was denied meanwhile says why', async () => {
    const { ca } = await certsrv({ '/certsrv/certnew.cer': errorPage('Denied by Policy Module', '0x80094012 (x)') });
    expect(await ca.retrieve('83')).toMatchObject({
      status: 'denied',
      hresult: '0x80094012',
      reason: expect.stringContaining('Enroll permission'),
    });
  });

  test('of an unknown request is an error of its own', async () => {
    const { ca } = await certsrv({ '/certsrv/certnew.cer': errorPage('The requested property value is empty.', '0x80094004') });
    expect(await failure(ca.retrieve('83'))).toMatchObject({ code: 'REQUEST_NOT_FOUND', details: { requestId: '83' } });
  });

  test('with an id that is no number never reaches the CA', async () => {
    const { ca, seen } = await certsrv({});
    expect((await failure(ca.retrieve('CACert'))).code).toBe('REQUEST_NOT_FOUND');
    expect(seen).toEqual([]);
  });

  test.each(['garbage', encodePem('CERTIFICATE', Buffer.from('3003020101', 'hex'))])('of %j is refused', async (body) => {
    const { ca } = await certsrv({ '/certsrv/certnew.cer': body });
    expect((await failure(ca.retrieve('83'))).code).toBe('CERTIFICATE_REFUSED');
  });
});

describe('the chain', () => {
  const older = Buffer.from(createAuthority('Contoso CA (old)').issuer.certificate);

  test('is what certnew.p7b has for the newest certificate', async () => {
    const { ca, seen } = await certsrv({ '/certsrv/certcarc.asp': 'var nRenewals=0;', '/certsrv/certnew.p7b': pkcs7(ROOT) });
    expect(await ca.chain()).toEqual([ROOT]);
    expect(seen.at(-1)?.query.get('Renewal')).toBe('0');
    expect(seen.map((one) => one.path)).toEqual(['/certsrv/certcarc.asp', '/certsrv/certnew.p7b']);
  });

  test('has the certificates from before a renewal too', async () => {
    const { ca } = await certsrv({
      '/certsrv/certcarc.asp': 'var nRenewals=1;',
      '/certsrv/certnew.p7b': pkcs7(ROOT),
      '/certsrv/certnew.cer?ReqID=CACert&Renewal=0&Enc=b64': older,
    });
    expect(await ca.chain()).toEqual([ROOT, older]);
  });

  test('is asked for certificate by certificate where there is no PKCS#7', async () => {
    const { ca } = await certsrv({
      '/certsrv/certcarc.asp': 'var nRenewals=1;',
      '/certsrv/certnew.cer?ReqID=CACert&Renewal=1&Enc=b64': ROOT,
      '/certsrv/certnew.cer?ReqID=CACert&Renewal=0&Enc=b64': older,
    });
    expect(await ca.chain()).toEqual([ROOT, older]);
  });

  test('does without the number of renewals', async () => {
    const { ca, seen } = await certsrv({ '/certsrv/certnew.p7b': pkcs7(ROOT) });
    expect(await ca.chain()).toEqual([ROOT]);
    expect(seen.at(-1)?.query.get('Renewal')).toBe('-1');
  });

  test('that is not to be had is an error with the reason', async () => {
    const stopped = errorPage('The Certification Authority Service has not been started.', '0x800706ba');
    const { ca } = await certsrv({ '/certsrv/certcarc.asp': stopped, '/certsrv/certnew.p7b': stopped, '/certsrv/certnew.cer': stopped });
    const error = await failure(ca.chain());
    expect(error).toMatchObject({ code: 'SERVER_ERROR', details: { hresult: '0x800706BA' } });
    expect(error.message).toContain('not running');
  });

  test('is not asked for again and again where the logon is refused', async () => {
    const { ca, seen } = await certsrv({ '/certsrv/certcarc.asp': { status: 401, headers: { 'WWW-Authenticate': 'Basic' } } });
    expect((await failure(ca.chain())).code).toBe('LOGON_REFUSED');
    expect(seen).toHaveLength(1);
  });
});

test('templates are read from the form for saved requests', async () => {
  const { ca } = await certsrv({ '/certsrv/certrqxt.asp': page('<Option Value="E;SmartcardUser;1;"> Smartcard User') });
  expect(await ca.templates()).toEqual([{ name: 'SmartcardUser', displayName: 'Smartcard User' }]);
});

test('the pages may be at another path than /certsrv', async () => {
  const { ca, seen } = await certsrv({ '/pki/enroll/certrqxt.asp': page('') }, { base: '/pki/enroll/' });
  await ca.templates();
  expect(seen[0]?.path).toBe('/pki/enroll/certrqxt.asp');
});
