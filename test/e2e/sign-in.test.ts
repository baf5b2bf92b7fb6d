import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { secretFile } from '../support/secret-files.js';
import { type SignInLab, startSignInLab } from '../support/signed-in.js';

const ALICE = 'alice@lab.test';
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
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

function cardAtAdfs(): string[] {
  return lab.log().flatMap((entry) => (entry.event === 'http' && entry.certificate !== undefined ? [entry.certificate] : []));
}

describe('with the card', () => {
  test('auto signs in at the page of AD FS and says so', async () => {
    const before = cardAtAdfs().length;
    const run = await lab.signIn([ALICE]);
    expect(run.json()).toEqual({
      ok: true,
      command: 'sign-in',
      result: {
        signedIn: true,
        address: ALICE,
        method: 'passive',
        notUsed: [
          { method: 'certificate', reason: 'passive came first' },
          { method: 'password', reason: 'only when asked for with --method password' },
        ],
        server: lab.env.LYNCAUTH_SERVER,
        since: expect.stringMatching(ISO),
        expiresAt: expect.stringMatching(ISO),
        application: expect.stringContaining(`${lab.env.LYNCAUTH_SERVER}/ucwa/`),
        certificate: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/), daysLeft: expect.any(Number) },
        keeper: { running: false, pid: null },
      },
    });
    expect(run.code).toBe(0);
    expect(lab.applications()).toEqual(['created']);
    expect(cardAtAdfs().length).toBeGreaterThan(before);
    expect(cardAtAdfs().at(-1)).toContain('CN=Alice Example');
  });

  test('the message by WS-Trust signs in as well', async () => {
    const run = await lab.signIn([ALICE, '--method', 'certificate']);
    expect(run.json().result).toMatchObject({ signedIn: true, address: ALICE, method: 'certificate' });
    expect(run.json().result.notUsed).toEqual([
      { method: 'passive', reason: '--method certificate was given' },
      { method: 'password', reason: '--method certificate was given' },
    ]);
    expect(run.code).toBe(0);
  });

  test('what is stored is said before, and only its owner can read it', async () => {
    const run = await lab.run(['sign-in', '--no-input', ALICE]);
    expect(run.code).toBe(0);
    expect(run.stderr).toContain(`${join(lab.dir, 'config/sign-in/session.json')};`);
    expect(run.stderr).toContain('no PIN, no password, no cookie');
    expect(run.stdout).toMatch(/^signed in as Alice Example \(alice@lab\.test\) at https:\/\/localhost:\d+\n/);
    expect(lab.stored()).toEqual(['memory.json', 'session.json']);
    const modes = ['', 'memory.json', 'session.json'].map((name) => statSync(join(lab.dir, 'config/sign-in', name)).mode & 0o777);
    expect(modes).toEqual([0o700, 0o600, 0o600]);
  });

  test('without an address it is the one on the card, and after a sign-in the last one', async () => {
    expect((await lab.signIn()).json().result.address).toBe(ALICE);
    expect((await lab.signIn()).json().result.address).toBe(ALICE);
  });

  test('signing in again ends the session that was there', async () => {
    const first = (await lab.signIn()).json().result;
    const second = await lab.signIn();
    expect(second.stderr).toContain(`the session of ${ALICE} at ${first.server} is ended`);
    expect(lab.applications()).toEqual(['created', 'created', 'deleted']);
    expect(second.json().result.application).not.toBe(first.application);
    expect((await lab.run(['status', '--json'])).json().result.application).toBe(second.json().result.application);
  });

  test('a refused sign-in leaves the session that was there as it is', async () => {
    const { application } = (await lab.signIn()).json().result;
    lab.faults('not-enabled');
    const refused = await lab.signIn();
    expect(refused.json()).toMatchObject({ ok: false, command: 'sign-in', error: { code: 'NOT_ENABLED' } });
    expect(refused.code).toBe(4);
    lab.faults();
    expect((await lab.run(['status', '--json'])).json().result).toMatchObject({ signedIn: true, application });
    expect(lab.applications()).toEqual(['created']);
  });

  test("another user's address is refused, and no session is left at the server", async () => {
    const run = await lab.signIn(['bob@lab.test']);
    expect(run.json().error).toMatchObject({
      code: 'SIGN_IN_REFUSED',
      message: `the card of ${ALICE} signs in ${ALICE}, not bob@lab.test`,
      hint: `use the card of bob@lab.test, or: lyncauth sign-in ${ALICE}`,
    });
    expect(run.code).toBe(4);
    expect(lab.applications()).toEqual(['created', 'deleted']);
    expect(lab.stored()).toEqual([]);
  });

  test('a wrong PIN is exit code 5 and is given once', async () => {
    const pin = secretFile(lab.dir, 'wrong-pin', '000111');
    const run = await lab.signIn([ALICE], { env: { LYNCAUTH_PIN_FILE: pin } });
    expect([run.code, run.json().error.code]).toEqual([5, 'PIN_INCORRECT']);
    expect(lab.stored()).toEqual([]);
    expect((await lab.signIn([ALICE])).code).toBe(0);
  });

  test('a pool outside of the domain is refused before the card is used', async () => {
    const before = cardAtAdfs().length;
    const run = await lab.signIn([ALICE], { env: { LYNCAUTH_TRUST_DOMAIN: undefined, LYNCAUTH_SERVER: 'https://127.0.0.1:9' } });
    expect(run.code).toBe(9);
    expect(cardAtAdfs().length).toBe(before);
  });
});

describe('a pool that offers only the password', () => {
  test('is exit code 4 without a question for the PIN', async () => {
    lab.faults('password-only');
    const run = await lab.signIn([ALICE], { env: { LYNCAUTH_PIN_FILE: '/no/such/file' } });
    expect(run.json().error).toMatchObject({
      code: 'METHOD_NOT_OFFERED',
      message: expect.stringContaining('offers no sign-in with a card'),
    });
    expect(run.code).toBe(4);
    expect(run.json().error.details.methods.map(({ method }: { method: string }) => method)).toEqual(['passive', 'certificate']);
  });

  test('takes the password when it is asked for by name', async () => {
    lab.faults('password-only');
    const run = await lab.signIn([ALICE, '--method', 'password']);
    expect(run.json().result).toMatchObject({ signedIn: true, method: 'password', certificate: null });
    expect(run.code).toBe(0);
  });

  test('is not asked for a card either when it lists passive sign-in and refuses it; the password works all the same', async () => {
    lab.faults('passive-off');
    const card = await lab.signIn([ALICE], { env: { LYNCAUTH_PIN_FILE: '/no/such/file' } });
    expect([card.code, card.json().error.code]).toEqual([4, 'METHOD_NOT_OFFERED']);
    expect((await lab.signIn([ALICE, '--method', 'password'])).code).toBe(0);
  });

  test('refuses a wrong password: 4', async () => {
    lab.faults('password-only');
    const password = secretFile(lab.dir, 'wrong-password', 'not it');
    const run = await lab.signIn([ALICE, '--method', 'password'], { env: { LYNCAUTH_PASSWORD_FILE: password } });
    expect([run.code, run.json().error.code]).toEqual([4, 'SIGN_IN_REFUSED']);
    expect(lab.stored()).toEqual([]);
  });
});

test('by password without an address there is nobody to sign in: 2', async () => {
  const run = await lab.signIn(['--method', 'password']);
  expect(run.json().error).toMatchObject({ code: 'INPUT_REQUIRED', message: 'the sign-in address is needed' });
  expect(run.code).toBe(2);
});

test.each([['alice'], ['alice@lab'], ['@lab.test']])('%s is no sign-in address: 2', async (address) => {
  const run = await lab.signIn([address]);
  expect([run.code, run.json().error.code]).toEqual([2, 'USAGE']);
});
