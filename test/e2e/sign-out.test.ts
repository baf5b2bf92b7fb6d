import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type SignInLab, startSignInLab } from '../support/signed-in.js';

const UNREACHABLE = { HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '', no_proxy: '' };
let lab: SignInLab;

beforeAll(async () => {
  lab = await startSignInLab();
});
afterEach(async () => {
  lab.faults();
  await lab.run(['forget-credentials']);
  lab.applications();
});
afterAll(() => lab.stop());

test('ends the application at the server and the session here; the address is kept', async () => {
  const { server } = (await lab.signIn()).json().result;
  const run = await lab.run(['sign-out', '--json']);
  expect(run.json()).toEqual({
    ok: true,
    command: 'sign-out',
    result: { signedOut: true, address: 'alice@lab.test', server, application: 'closed', error: null },
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
    application: null,
    error: null,
  });
});

test('an application that the server dropped already', async () => {
  lab.faults('application-expires');
  await lab.signIn();
  const run = await lab.run(['sign-out', '--json']);
  expect(run.json().result).toMatchObject({ signedOut: true, application: 'gone', error: null });
  expect(run.code).toBe(0);
});

test('with the network down the local part is done, and the code is that of the network: 9', async () => {
  const { server } = (await lab.signIn()).json().result;
  const run = await lab.run(['sign-out', '--json'], { env: UNREACHABLE });
  expect(run.json()).toMatchObject({
    ok: true,
    result: { signedOut: true, address: 'alice@lab.test', server, application: null, error: { code: 'NETWORK' } },
  });
  expect(run.code).toBe(9);
  expect(lab.stored()).toEqual(['memory.json']);
  expect((await lab.run(['status', '--quiet'])).code).toBe(4);
});

test('in words it says what is done and what is not', async () => {
  await lab.signIn();
  const run = await lab.run(['sign-out'], { env: UNREACHABLE });
  expect(run.stdout).toMatch(
    /^alice@lab\.test is signed out on this computer, but not at https:\/\/localhost:\d+: .*; what is left there ends by itself/,
  );
});

test('--forget deletes what is stored as well', async () => {
  await lab.signIn();
  const run = await lab.run(['sign-out', '--forget', '--json']);
  expect(run.json().result).toMatchObject({ signedOut: true, application: 'closed', kept: [] });
  expect(run.json().result.removed).toContain('remembered address alice@lab.test');
  expect(lab.stored()).toEqual([]);
});
