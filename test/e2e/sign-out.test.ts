/** `lyncauth sign-out`: what ends at the server and here, and what is said when only one of the two does. */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useSignInLab } from '../support/signed-in.js';

const UNREACHABLE = { HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '', no_proxy: '' };
const LEFT_AT_SERVER =
  /nothing is left to do here; at the server it was not ended: it lives until it has been idle .*, its token is valid until 20.* UTC$/;
const lab = useSignInLab();

test('ends the application at the server and the session here; the address is kept', async () => {
  const { server } = (await lab.signIn()).json().result;
  const run = await lab.run(['sign-out', '--json']);
  expect(run.json()).toEqual({
    ok: true,
    command: 'sign-out',
    result: { signedOut: true, address: 'alice@lab.test', server, ended: 'closed' },
  });
  expect(run.code).toBe(0);
  expect(lab.applications()).toEqual(['created', 'deleted']);
  expect(lab.stored()).toEqual(['memory.json']);
  expect((await lab.run(['status', '--json'])).json().result).toMatchObject({ signedIn: false, address: 'alice@lab.test' });
});

test('when nobody is signed in there is nothing to do: 0', async () => {
  const run = await lab.run(['sign-out']);
  expect(run).toMatchObject({ code: 0, stdout: 'nobody is signed in; there is nothing to end\n', stderr: '' });
  expect((await lab.run(['sign-out', '--json'])).json().result).toEqual({
    signedOut: false,
    address: null,
    server: null,
    ended: null,
  });
});

test('an application that the server dropped already', async () => {
  lab.faults('application-expires');
  await lab.signIn();
  const run = await lab.run(['sign-out', '--json']);
  expect(run.json().result).toMatchObject({ signedOut: true, ended: 'gone' });
  expect(run.code).toBe(0);
});

test('with the network down the local part is done, and the code is that of the network: 9', async () => {
  const { server } = (await lab.signIn()).json().result;
  const run = await lab.run(['sign-out', '--json'], { env: UNREACHABLE });
  expect(run.json()).toMatchObject({
    ok: false,
    command: 'sign-out',
    error: {
      code: 'NETWORK',
      message: expect.stringContaining(`the session at ${server} could not be ended: `),
      hint: expect.stringMatching(LEFT_AT_SERVER),
      details: { signedOut: true, address: 'alice@lab.test', server, ended: null, requestSent: false },
    },
  });
  expect(run.code).toBe(9);
  expect(lab.stored()).toEqual(['memory.json']);
  expect((await lab.run(['status', '--quiet'])).code).toBe(4);
});

test('in words, what is done is the result and what is not is the error', async () => {
  const { server } = (await lab.signIn()).json().result;
  const run = await lab.run(['sign-out', '--quiet'], { env: UNREACHABLE });
  expect(run).toMatchObject({ code: 9, stdout: 'alice@lab.test is signed out on this computer\n' });
  const [error, hint] = run.stderr.split('\n');
  expect(error).toMatch(new RegExp(`^lyncauth: error: the session at ${server} could not be ended: `));
  expect(hint).toMatch(LEFT_AT_SERVER);
});

test('a file of certificates that is not there, or a proxy that is none, costs nobody the session', async () => {
  await lab.signIn();
  lab.applications();
  for (const [args, env, code] of [
    [['--ca-file', join(lab.dir, 'nonexistent.pem')], {}, 1],
    [[], { ...UNREACHABLE, HTTPS_PROXY: 'gopher://proxy' }, 2],
  ] as const) {
    const run = await lab.run(['sign-out', '--json', ...args], { env });
    expect(run.json().error).toMatchObject({ message: expect.stringMatching(/; the session is kept$/) });
    expect(run.code).toBe(code);
    expect(lab.stored()).toContain('session.json');
  }
  expect((await lab.run(['sign-out', '--json'])).json().result).toMatchObject({ signedOut: true, ended: 'closed' });
  expect(lab.applications()).toEqual(['deleted']);
});

test('a server that is not trusted is told nothing, and what is left there is said', async () => {
  await lab.signIn();
  const run = await lab.run(['sign-out', '--json'], { env: { LYNCAUTH_CA_FILE: undefined } });
  expect(run.json().error).toMatchObject({ code: 'TLS_UNTRUSTED', hint: expect.stringMatching(LEFT_AT_SERVER), details: { ended: null } });
  expect(lab.stored()).toEqual(['memory.json']);
});

test('a session that others can read is ended before it is removed, with a warning', async () => {
  await lab.signIn();
  const file = join(lab.dir, 'config/sign-in/session.json');
  lab.applications();
  chmodSync(file, 0o644);
  const run = await lab.run(['sign-out', '--json']);
  expect(run.json().result).toMatchObject({ signedOut: true, address: 'alice@lab.test', ended: 'closed' });
  expect(run.stderr).toContain(`warning: ${file} can be read by other users: whoever has read it can use the token until 20`);
  expect(run.code).toBe(0);
  expect(lab.applications()).toEqual(['deleted']);
  expect(lab.stored()).toEqual(['memory.json']);
});

test('a token that has ended is not shown to the server, and no step is told', async () => {
  await lab.signIn();
  const file = join(lab.dir, 'config/sign-in/session.json');
  const expiresAt = new Date(Date.now() - 1000).toISOString();
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), expiresAt }), { mode: 0o600 });
  const run = await lab.run(['sign-out'], { env: UNREACHABLE });
  expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('had ended already'), stderr: '' });
});

test('--forget deletes what is stored as well', async () => {
  await lab.signIn();
  const run = await lab.run(['sign-out', '--forget', '--json']);
  expect(run.json().result).toMatchObject({ signedOut: true, ended: 'closed', kept: [] });
  expect(run.json().result.removed).toContainEqual({ kind: 'address', name: 'alice@lab.test' });
  expect(lab.stored()).toEqual([]);
});
