/** curl in place of the addon: the PIN and what a request carries are in no output, no argument, no environment and no file that others can read. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type CurlRequest, requestWithCurl } from '../../src/http/curl.js';
import { Secret } from '../../src/secret.js';
import type { ClientIdentity } from '../../src/signer.js';
import { type ClientCard, openClientCard } from '../support/client-card.js';
import { clientOf, requestTo, runningCurls, startAsking } from '../support/curl-desk.js';
import { failure } from '../support/failure.js';
import { createAuthority } from '../support/loopback-https.js';
import { filesBelow, findSecrets } from '../support/needles.js';
import { createToken, type TestToken } from '../support/softhsm.js';

const PIN = '73,91 "ä%\\5';
const WRONG_PIN = '99\\88 "%"7766&ü';
const TICKET = 'Bearer ticket-86420';
const BODY = 'password=hunter2-75319';
const PROXY_PASSWORD = 'proxy-secret-15';

const authority = createAuthority();
const identity = authority.identity();
let token: TestToken;
let card: ClientCard;

beforeAll(async () => {
  token = createToken({ pin: PIN });
  card = await openClientCard(token, authority.issuer, ['p256']);
});

afterAll(() => {
  card.close();
  token.remove();
});

/** Every spelling that a URI may have for `pin`, beside those that findSecrets() knows. */
function spellings(pin: string): string[] {
  const full = Buffer.from(pin, 'utf8').toString('hex').replace(/../g, '%$&');
  return [pin, full, full.toUpperCase(), encodeURIComponent(pin).toLowerCase()];
}

/** A folder for temporary files of this test only. */
function ownTemporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-tmp-'));
  const before = process.env.TMPDIR;
  process.env.TMPDIR = dir;
  onTestFinished(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    rmSync(dir, { recursive: true });
  });
  return dir;
}

/** What others see while curl waits for the answer: its processes and the temporary folder. */
async function lookWhileWaiting(more: Partial<CurlRequest>) {
  const dir = ownTemporaryFolder();
  const seen = { processes: {} as Record<string, Buffer>, files: {} as Record<string, Buffer>, modes: [] as string[] };
  const server = await startAsking(authority, identity, (request, response) => {
    for (const pid of runningCurls()) {
      for (const part of ['cmdline', 'environ']) seen.processes[`${part} ${pid}`] = readFileSync(`/proc/${pid}/${part}`);
    }
    seen.files = filesBelow(dir);
    const paths = Object.keys(seen.files);
    seen.modes = [
      ...new Set([...paths, ...paths.map((path) => join(path, '..'))].map((path) => (statSync(path).mode & 0o777).toString(8))),
    ];
    request.resume().on('end', () => response.end(clientOf(request)));
  });
  const answer = await requestWithCurl(requestTo(server, more), card.identity('p256'));
  return { ...seen, body: answer.body.toString(), left: filesBelow(dir) };
}

test('while curl runs, only its standard input has the PIN, the headers and the body', async () => {
  const env = { ...process.env, LYNCAUTH_PIN: PIN, HTTPS_PROXY: `http://me:${PROXY_PASSWORD}@127.0.0.1:1` };
  const seen = await lookWhileWaiting({ method: 'POST', headers: { Authorization: TICKET, Cookie: TICKET }, body: BODY, env });
  expect(seen.body).toBe('p256 TLSv1.3');
  expect(Object.keys(seen.processes)).toHaveLength(2);
  expect(Object.values(seen.processes)[0]?.toString()).toBe('curl\0-q\0-K\0-\0');
  const secrets = [...spellings(PIN), TICKET, BODY, PROXY_PASSWORD];
  expect(findSecrets(secrets, { ...seen.processes, ...seen.files })).toEqual([]);
  expect(Object.keys(seen.files).map((path) => path.split('/').at(-1))).toEqual(expect.arrayContaining(['card.pem', 'server.pem']));
  expect(seen.modes.sort()).toEqual(['600', '700']);
  expect(seen.left).toEqual({});
});

test('a body that the configuration cannot hold is in a private file, and gone with the answer', async () => {
  const body = Buffer.concat([Buffer.from(BODY), Buffer.from([0])]);
  const seen = await lookWhileWaiting({ method: 'POST', body });
  expect(Object.values(seen.files).filter((content) => content.equals(body))).toHaveLength(1);
  expect(seen.modes.sort()).toEqual(['600', '700']);
  expect(findSecrets([BODY], seen.processes)).toEqual([]);
  expect(seen.left).toEqual({});
});

test('files are gone after a failure, too', async () => {
  const dir = ownTemporaryFolder();
  const server = await startAsking(authority, identity, (_, response) => response.destroy());
  await failure(requestWithCurl(requestTo(server, { method: 'POST', body: Buffer.from([0]) }), card.identity('p256')));
  expect(filesBelow(dir)).toEqual({});
});

test('a PIN that the card refuses is in no part of the error, although the engine prints it', async () => {
  const { external, ...rest } = card.identity('p256');
  const wrong = { ...rest, external: external && { ...external, pin: new Secret(WRONG_PIN) } } as ClientIdentity;
  const server = await startAsking(authority, identity, (_, response) => response.end());
  const error = await failure(requestWithCurl(requestTo(server), wrong));
  const shown = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error) + error.message + error.hint + error.stack;
  expect(findSecrets(spellings(WRONG_PIN), { error: shown })).toEqual([]);
  expect(shown).not.toContain('pin-value');
});

test('TLS keys are not written down', async () => {
  const path = join(ownTemporaryFolder(), 'keys');
  const server = await startAsking(authority, identity, (_, response) => response.end());
  await requestWithCurl(requestTo(server, { env: { ...process.env, SSLKEYLOGFILE: path } }), card.identity('p256'));
  expect(existsSync(path)).toBe(false);
});

test('a curlrc of the user changes nothing', async () => {
  const home = ownTemporaryFolder();
  const path = join(home, 'trace');
  writeFileSync(join(home, '.curlrc'), `trace = "${path}"\ninsecure\n`);
  const server = await startAsking(authority, identity, (_, response) => response.end());
  await requestWithCurl(requestTo(server, { env: { ...process.env, HOME: home } }), card.identity('p256'));
  expect(existsSync(path)).toBe(false);
});
