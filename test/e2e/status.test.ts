/** `lyncauth status`: what is stored, what the server says of it, and the exit code for scripts. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useSignInLab } from '../support/signed-in.js';

const NOBODY = {
  signedIn: false,
  address: null,
  method: null,
  notUsed: [],
  server: null,
  since: null,
  expiresAt: null,
  application: null,
  applicationLive: false,
  certificate: null,
  keeper: { running: false, pid: null },
};
const TO_SIGN_IN = 'to sign in: lyncauth sign-in\n';
const lab = useSignInLab();

function httpRequests(): number {
  return lab.log().filter(({ event }) => event === 'http').length;
}

/** Writes other values into the stored session. */
function change(changes: (session: { certificate: object }) => object): void {
  const file = join(lab.dir, 'config/sign-in/session.json');
  const session = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...session, ...changes(session) }), { mode: 0o600 });
}

const secondsAgo = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

test('nobody is signed in: 4, and no server is asked', async () => {
  const before = httpRequests();
  const [text, json] = await Promise.all([lab.run(['status']), lab.run(['status', '--json'])]);
  expect(text).toMatchObject({ code: 4, stdout: `not signed in\n${TO_SIGN_IN}`, stderr: '' });
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
  expect(signedIn.applicationLive).toBe(true);
  expect(run.json().result).toEqual({ ...signedIn, applicationLive: null });
  expect(run.code).toBe(0);
  expect(httpRequests()).toBe(before);
});

test('an application that the server dropped leaves the user signed in: 0', async () => {
  lab.faults('application-expires');
  await lab.signIn();
  const run = await lab.run(['status', '--json']);
  expect(run.json().result).toMatchObject({ signedIn: true, application: null, applicationLive: false });
  expect(run.code).toBe(0);
  expect((await lab.run(['status'])).stdout).toContain(
    'application  ended by the server, as it does with idle ones; lyncauth sign-in opens another',
  );
});

test('a token that the server no longer takes: 4', async () => {
  await lab.signIn();
  lab.faults('expired-token');
  const run = await lab.run(['status', '--json']);
  expect(run.json().result).toMatchObject({ signedIn: false, address: 'alice@lab.test', application: null, applicationLive: false });
  expect(run.code).toBe(4);
  expect((await lab.run(['status'])).stdout).toMatch(
    /^not signed in: https:.* no longer takes the token of alice@lab\.test\nto sign in: lyncauth sign-in\n$/,
  );
});

test('a token that has ended by the clock: 4, and no server is asked', async () => {
  await lab.signIn();
  change(() => ({ expiresAt: secondsAgo(1) }));
  const before = httpRequests();
  const run = await lab.run(['status']);
  expect(run).toMatchObject({
    code: 4,
    stdout: expect.stringMatching(
      /^not signed in: the token of alice@lab\.test for https:.* was valid until .*\nto sign in: lyncauth sign-in\n$/,
    ),
  });
  expect(httpRequests()).toBe(before);
});

test('a certificate that has expired since is told by its date', async () => {
  await lab.signIn();
  const notAfter = secondsAgo(3600);
  change(({ certificate }) => ({ certificate: { ...certificate, notAfter } }));
  const run = await lab.run(['status', '--offline']);
  expect(run.stdout).toContain(`\ncertificate  of the card: expired on ${notAfter.slice(0, 16).replace('T', ' ')} UTC\n`);
  expect(run.code).toBe(0);
});

test('a server that cannot be reached is neither: 9, with the way to look at what is stored', async () => {
  await lab.signIn();
  const run = await lab.run(['status', '--json'], { env: { HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '', no_proxy: '' } });
  expect(run.json().error).toMatchObject({ code: 'NETWORK', hint: 'lyncauth status --offline tells what is stored here' });
  expect(run.code).toBe(9);
});
