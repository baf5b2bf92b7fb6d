/** Debian's xmlsec1, a judge that shares no code with us, verifies the requests that a card signs for AD FS. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SignatureHash } from '../../src/sign-in/ws-trust/mex.js';
import type { TrustVersion } from '../../src/sign-in/ws-trust/namespaces.js';
import { type KeyReference, signedRequest } from '../../src/sign-in/ws-trust/signed-request.js';
import { encodePem } from '../../src/x509/pem.js';
import { type CliResult, runCommand } from '../support/cli.js';
import { type ClientCard, createClientCard } from '../support/client-card.js';
import { createAuthority } from '../support/loopback-https.js';

const UTILITY_ID = [
  'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd:Timestamp',
  'http://www.w3.org/2005/08/addressing:To',
].flatMap((element) => ['--id-attr:Id', element]);

let dir: string;
let card: ClientCard;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lyncauth-xmlsec-'));
  card = await createClientCard(createAuthority().issuer, ['rsa2048']);
});

afterAll(() => {
  card.close();
  rmSync(dir, { recursive: true });
});

async function envelope(version: TrustVersion, hash: SignatureHash, reference: KeyReference): Promise<string> {
  const url = new URL(`https://sts.lab.test/adfs/services/trust/${version}/certificatemixed?a=1&b=%22`);
  const request = { endpoint: { kind: 'certificatemixed' as const, version, hash, url }, realm: 'urn:a&<b>"ö"', now: new Date() };
  return await signedRequest(request, card.identity('rsa2048'), reference);
}

/** The key is given to xmlsec1: it does not know WS-Security's references to tokens. */
async function verify(message: string): Promise<CliResult> {
  const [file, certificate] = [join(dir, 'message.xml'), join(dir, 'card.pem')];
  writeFileSync(file, message);
  writeFileSync(certificate, encodePem('CERTIFICATE', Buffer.from(card.identity('rsa2048').certificate)));
  return await runCommand(['xmlsec1', '--verify', '--pubkey-cert-pem', certificate, ...UTILITY_ID, file], {});
}

test.each([
  ['13', 'sha1', 'direct'],
  ['13', 'sha256', 'direct'],
  ['2005', 'sha1', 'thumbprint'],
  ['2005', 'sha256', 'thumbprint'],
] as const)('xmlsec1 verifies a request of WS-Trust %s that a card signed with %s (%s reference)', async (version, hash, reference) => {
  const { code, stdout, stderr } = await verify(await envelope(version, hash, reference));
  expect(`${stdout}${stderr}`).toContain('SignedInfo References (ok/all): 2/2');
  expect(code).toBe(0);
});

test.each([
  ['the time it ends', /<u:Expires>\d{4}/, '<u:Expires>2099'],
  ['whom it is for', 'https://sts.lab.test/', 'https://evil.test/'],
  ['the method of the signature', 'xmldsig#rsa-sha1"></SignatureMethod>', 'xmldsig#rsa-sha1" X="1"></SignatureMethod>'],
] as const)('xmlsec1 refuses a request in which somebody changed %s', async (_, from, to) => {
  const message = await envelope('13', 'sha1', 'direct');
  const changed = message.replace(from, to);
  expect(changed).not.toBe(message);
  expect((await verify(changed)).code).not.toBe(0);
});
