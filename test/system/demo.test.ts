/** `npm run demo`, then software that is not ours looks at the card that it leaves: OpenSC's pkcs11-tool and openssl. */
import { cpSync, mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliResult, runCommand } from '../support/cli.js';
import { softhsmModule } from '../support/softhsm.js';

const ROOT = join(import.meta.dirname, '../..');
/** What the demo needs of a clone that was built. All of it is copied: what bootstrap.sh does in the copy must not touch this one. */
const PARTS = [
  ...['bin', 'dist', 'native', 'scripts', 'src', 'package.json', 'package-lock.json'],
  ...['node_modules/pkcs11js', 'node_modules/.lyncauth-packages'],
];
let clone: string;
let demo: CliResult;

beforeAll(async () => {
  clone = mkdtempSync(join(tmpdir(), 'lyncauth-clone-'));
  // The addon is compiled again where it is older than its sources.
  for (const part of PARTS) cpSync(join(ROOT, part), join(clone, part), { recursive: true, preserveTimestamps: true });
  // It was built by the set-up of these tests; esbuild, which would build it again, is not copied.
  utimesSync(join(clone, 'dist/meta.json'), new Date(), new Date());
  demo = await runCommand(['npm', 'run', 'demo'], { cwd: clone, timeoutMs: 100_000 });
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

function lab(...path: string[]): string {
  return join(clone, '.lab', ...path);
}

async function pkcs11Tool(...args: string[]): Promise<string> {
  const pin = readFileSync(lab('pin'), 'utf8').trim();
  const command = ['pkcs11-tool', '--module', softhsmModule(), '--token-label', 'Practice card', '--login', '--pin', pin];
  const run = await runCommand([...command, ...args], { env: { SOFTHSM2_CONF: lab('softhsm2.conf') } });
  expect(run.code, run.stderr).toBe(0);
  return run.stdout;
}

/** Objects as pkcs11-tool lists them: the heading and the ID. */
async function objects(): Promise<{ heading: string; id: string }[]> {
  const found = (await pkcs11Tool('--list-objects')).matchAll(/^(\w[\w ]+) Object;[^\n]*\n(?:\s+.*\n)*?\s+ID:\s+([0-9a-f]+)/gm);
  return [...found].map(([, heading = '', id = '']) => ({ heading, id }));
}

test('the demo ends with 0 and shows the enrollment', () => {
  expect(demo.code, demo.stderr).toBe(0);
  expect(demo.stdout).toContain('$ lyncauth enroll');
  expect(demo.stdout).toContain('card "Practice card" is enrolled for alice@lab.test');
  expect(demo.stdout).toContain('card "Practice card" is enrolled already');
});

test('pkcs11-tool lists a private key, a public key and a certificate with the same ID', async () => {
  const listed = await objects();
  expect(listed.map(({ heading }) => heading).sort()).toEqual(['Certificate', 'Private Key', 'Public Key']);
  expect(new Set(listed.map(({ id }) => id)).size).toBe(1);
});

test('the certificate verifies with openssl against the root, and carries UPN, client authentication and smart card logon', async () => {
  const [first] = await objects();
  const file = lab('read-back.der');
  await pkcs11Tool('--read-object', '--type', 'cert', '--id', first?.id ?? '', '--output-file', file);
  const verified = await runCommand(['openssl', 'verify', '-CAfile', lab('ca.pem'), file]);
  expect([verified.code, verified.stdout]).toEqual([0, `${file}: OK\n`]);
  const { stdout } = await runCommand(['openssl', 'x509', '-in', file, '-noout', '-text']);
  expect(stdout).toMatch(/X509v3 Extended Key Usage:[^\n]*\n.*TLS Web Client Authentication.*Microsoft Smartcard Login/);
  expect(stdout).toMatch(/X509v3 Subject Alternative Name:[^\n]*\n.*othername: UPN:+alice@lab\.test/);
});
