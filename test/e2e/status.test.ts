import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type SignInLab, startSignInLab } from '../support/signed-in.js';

const NOBODY = {
  signedIn: false,
  address: null,
  method: null,
  notUsed: [],
  server: null,
  since: null,
  expiresAt: null,
  application: null,
  certificate: null,
  keeper: { running: false, pid: null },
};
let lab: SignInLab;

beforeAll(async () => {
  lab = await startSignInLab();
});
afterEach(async () => {
  lab.faults();
  await lab.run(['forget-credentials']);
});
afterAll(() => lab.stop());

function httpRequests(): number {
  return lab.log().filter(({ event }) => event === 'http').length;
}

/** Writes another end into the stored session. */
function endAt(expiresAt: Date): void {
  const file = join(lab.dir, 'config/sign-in/session.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), expiresAt: expiresAt.toISOString() }), { mode: 0o600 });
}

test('nobody is signed in: 4, and no server is asked', async () => {
  const before = httpRequests();
  const [text, json] = await Promise.all([lab.run(['status']), lab.run(['status', '--json'])]);
  expect(text).toMatchObject({ code: 4, stdout: 'not signed in\n', stderr: '' });
  expect(json.json()).toEqual({ ok: true, command: 'status', result: NOBODY });
  expect(json.code).toBe(4);
  expect(httpRequests()).toBe(before);
});

test('after sign-in it is what sign-in said: 0', async () => {
  const signedIn = (await lab.signIn()).json().result;
  const json = await lab.run(['status', '--json']);
  expect(json.json()).toEqual({ ok: true, command: 'status', result: signedIn });
  expect(json.code).toBe(0);
  const text = await lab.run(['status']);
  expect(text).toMatchObject({ code: 0, stderr: '' });
  expect(text.stdout).toMatch(/^signed in as Alice Example \(alice@lab\.test\) at https:.*\nmethod {7}passive: /);
  expect(text.stdout).toMatch(/\ntoken {8}valid until \d{4}-\d\d-\d\d \d\d:\d\d UTC \(7 h \d+ min\)\n/);
  expect(text.stdout).toMatch(/\ncertificate {2}of the card: 36\d days left\napplication {2}live\n$/);
});

test('--quiet prints nothing, whichever it is', async () => {
  expect(await lab.run(['status', '--quiet'])).toMatchObject({ code: 4, stdout: '', stderr: '' });
  await lab.signIn();
  expect(await lab.run(['status', '--quiet'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
});

test('--offline asks no server', async () => {
  const signedIn = (await lab.signIn()).json().result;
  const before = httpRequests();
  const run = await lab.run(['status', '--offline', '--json']);
  expect(run.json().result).toEqual(signedIn);
  expect(run.code).toBe(0);
  expect(httpRequests()).toBe(before);
});

test('an application that the server dropped leaves the user signed in: 0', async () => {
  lab.faults('application-expires');
  await lab.signIn();
  const run = await lab.run(['status', '--json']);
  expect(run.json().result).toMatchObject({ signedIn: true, application: null });
  expect(run.code).toBe(0);
  expect((await lab.run(['status'])).stdout).toContain('no application is live');
});

test('a token that the server no longer takes: 4', async () => {
  await lab.signIn();
  lab.faults('expired-token');
  const run = await lab.run(['status', '--json']);
  expect(run.json().result).toMatchObject({ signedIn: false, address: 'alice@lab.test', application: null });
  expect(run.code).toBe(4);
  expect((await lab.run(['status'])).stdout).toMatch(/^not signed in: https:.* no longer takes the token of alice@lab\.test\n$/);
});

test('a token that has ended by the clock: 4, and no server is asked', async () => {
  await lab.signIn();
  endAt(new Date(Date.now() - 1000));
  const before = httpRequests();
  const run = await lab.run(['status']);
  expect(run).toMatchObject({
    code: 4,
    stdout: expect.stringMatching(/^not signed in: the token of alice@lab\.test for https:.* was valid until /),
  });
  expect(httpRequests()).toBe(before);
});

test('a server that cannot be reached is neither: 9, with the way to look at what is stored', async () => {
  await lab.signIn();
  const run = await lab.run(['status', '--json'], { env: { HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '', no_proxy: '' } });
  expect(run.json().error).toMatchObject({ code: 'NETWORK', hint: 'lyncauth status --offline tells what is stored here' });
  expect(run.code).toBe(9);
});
