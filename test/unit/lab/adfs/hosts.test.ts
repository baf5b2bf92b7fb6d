/** The hosts of the practice organisation's AD FS under real names, and behind front ends. */

import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRoot } from '../../../../src/lab/authority-files.js';
import { readSettings } from '../../../../src/lab/directory.js';
import { issueCertificate } from '../../../../src/x509/issue-certificate.js';
import { encodePem } from '../../../../src/x509/pem.js';
import { type PracticeHosts, startPracticeHosts } from '../../../support/practice-hosts.js';

let hosts: PracticeHosts;
let sockets: { sts: string; certificateHost: string };
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lyncauth-sockets-'));
  sockets = { sts: join(folder, 'sts'), certificateHost: join(folder, 'certificate') };
  hosts = await startPracticeHosts({
    dnsNames: ['sts.lab.test', 'certauth.sts.lab.test'],
    sites: { sts: 'https://sts.lab.test:1234', certificateHost: 'https://sts.lab.test:49443' },
    frontEnds: sockets,
  });
  hosts.faults(['certificate-host']);
});
afterEach(async () => {
  await hosts.close();
  rmSync(dirname(sockets.sts), { recursive: true });
});

function aliceCertificate(): Buffer {
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const notBefore = new Date(Date.now() - 60_000);
  const notAfter = new Date(Date.now() + 60_000);
  const names = {
    subject: 'CN=Alice',
    upn: 'alice@lab.test',
    extendedKeyUsage: ['1.3.6.1.5.5.7.3.2'],
    keyUsage: ['digitalSignature'] as const,
  };
  return issueCertificate({ ...names, publicKey, notBefore, notAfter }, readRoot(hosts.dir));
}

const PAIR = 'AuthMethod=CertificateAuthentication&RetrieveCertificate=1';

function path(): string {
  return `/adfs/ls/?wa=wsignin1.0&wtrealm=${encodeURIComponent(`${hosts.pool.origin}/PassiveAuth`)}`;
}

async function answerOf(
  outgoing: ReturnType<typeof request>,
  body?: string,
): Promise<{ status: number; headers: IncomingMessage['headers']; text: string }> {
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const text = Buffer.concat(await response.toArray()).toString();
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

/** Asks the ordinary port by a name, always ready to show a certificate. */
function ask(servername: string, options: RequestOptions = {}, body?: string) {
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const card = { cert: encodePem('CERTIFICATE', aliceCertificate()), key };
  const to = {
    host: '127.0.0.1',
    port: readSettings(hosts.dir).stsPort,
    servername,
    agent: false,
    ca: readFileSync(hosts.caFile),
    headers: { Host: servername },
  };
  return answerOf(request({ ...to, ...card, path: path(), ...options }), body);
}

describe('one port', () => {
  it('asks for a certificate by the name of certauth, and by no other', async () => {
    const ordinary = await ask('sts.lab.test');
    expect(ordinary.status).toBe(200);
    expect(hosts.log().at(-1)).not.toHaveProperty('certificate');

    const judged = await ask('certauth.sts.lab.test', { method: 'POST' }, PAIR);
    expect([judged.status, judged.headers.location?.split('?')[0]]).toEqual([302, 'https://sts.lab.test:1234/adfs/ls/']);
    expect(hosts.log().at(-1)).toMatchObject({ host: 'certificate', certificate: 'CN=Alice' });
  });

  it('leads from one name to the other, and sets cookies for both when switched', async () => {
    const page = await ask('sts.lab.test', { method: 'POST' }, 'AuthMethod=CertificateAuthentication');
    expect(page.text).toContain('action="https://certauth.sts.lab.test:1234/adfs/ls/?');

    hosts.faults(['certificate-host', 'wide-cookies']);
    const { headers } = await ask('certauth.sts.lab.test', { method: 'POST' }, PAIR);
    expect(headers['set-cookie']).toEqual([expect.stringMatching(/^MSISAuth=\S+; path=\/adfs; domain=sts\.lab\.test; HttpOnly; Secure/)]);
  });
});

describe('behind a front end', () => {
  const behind = (certificate: string | undefined) =>
    answerOf(
      plainRequest({
        socketPath: sockets.certificateHost,
        path: path(),
        method: 'POST',
        headers: { 'X-Client-Protocol': 'TLSv1.2', ...(certificate === undefined ? {} : { 'X-Client-Certificate': certificate }) },
      }),
      PAIR,
    );

  it.each([
    ['percent-encoded, as nginx passes it on', (pem: string) => encodeURIComponent(pem)],
    ['with blanks for line ends, as apache does', (pem: string) => pem.replace(/\r?\n/g, ' ')],
  ])('takes a certificate %s', async (_, write) => {
    expect((await behind(write(encodePem('CERTIFICATE', aliceCertificate())))).status).toBe(302);
    expect(hosts.log().at(-1)).toMatchObject({ certificate: 'CN=Alice', tlsVersion: 'TLSv1.2' });
  });

  it.each([undefined, '', '(null)'])('takes %j for none', async (header) => {
    expect((await behind(header)).text).toContain('errorMessage');
    expect(hosts.log().at(-1)).toMatchObject({ note: 'no certificate' });
  });

  it('does not take that header over TLS', async () => {
    const headers = { 'X-Client-Certificate': encodeURIComponent(encodePem('CERTIFICATE', aliceCertificate())) };
    await ask('sts.lab.test', { headers });
    expect(hosts.log().at(-1)).not.toHaveProperty('certificate');
  });
});
