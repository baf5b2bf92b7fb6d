/** `npm run demo`, then what its servers have logged, and software that is not ours looks at the card that it leaves: OpenSC's pkcs11-tool and openssl. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readLog } from '../../src/lab/log.js';
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
  const pin = readFileSync(lab('new-pin'), 'utf8').trim();
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

test('the demo ends with 0 and tells the whole story, every step with what it does', () => {
  expect(demo.code, demo.stderr).toBe(0);
  const told = [...demo.stdout.matchAll(/^# [A-Z].*\.\n\$ lyncauth ([a-z-]+)/gm)].map(([, command]) => command);
  const session = ['sign-in', 'status', 'change-pin', 'sign-in', 'sign-out'];
  expect(told).toEqual(['enroll', 'cards', 'forget-credentials', ...session, 'lab']);
  expect(demo.stdout.match(/^\$ /gm)).toHaveLength(told.length);
  expect(demo.stdout).toContain('card "Practice card" is enrolled for alice@lab.test');
  expect(demo.stdout).toContain('signed in as Alice Example (alice@lab.test) at https://localhost:');
  expect(demo.stdout).toContain('the PIN of card "Practice card" is changed');
  expect(demo.stdout).toContain('alice@lab.test is signed out; the session at https://localhost:');
});

test("the servers saw the card's certificate at each sign-in and the end of each session, and the demo shows that", () => {
  const log = readLog(lab());
  const shown = log.flatMap((entry) => (entry.event === 'http' && entry.certificate !== undefined ? [entry] : []));
  const subject = 'E=alice@lab.test,CN=Alice Example,OU=lyncauth practice organisation,DC=lab,DC=test';
  const atAdfs = { host: 'certificate', method: 'POST', path: '/adfs/ls/', account: 'LAB\\alice', certificate: subject };
  expect(shown).toMatchObject([atAdfs, atAdfs]);

  const applications = log.flatMap((entry) => ('application' in entry ? [entry] : []));
  expect(applications.map(({ event }) => event)).toEqual(['created', 'created', 'deleted', 'deleted']);
  const [first, second] = applications.map(({ application }) => application);
  const deleted = log.flatMap((entry) => (entry.event === 'http' && entry.method === 'DELETE' ? [[entry.path, entry.status]] : []));
  expect(deleted).toEqual([first, second].map((application) => [`/ucwa/oauth/v1/applications/${application}`, 204]));

  const told = demo.stdout.split('\n').filter((line) => /^\d{4}-/.test(line));
  expect(told.filter((line) => line.endsWith(`TLS client certificate ${subject}`))).toHaveLength(2);
  expect(told.filter((line) => / DELETE .* 204$/.test(line))).toHaveLength(2);
  expect(told).toHaveLength(4);
});

test('nobody is signed in afterwards', () => {
  expect(readdirSync(lab('config', 'sign-in'))).toEqual(['memory.json']);
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
