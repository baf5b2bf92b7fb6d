/** `lyncauth sign-in` with nobody to ask: what it does, stores and says, with the card and by password. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { secretFile } from '../support/secret-files.js';
import { useSignInLab } from '../support/signed-in.js';

const ALICE = 'alice@lab.test';
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const lab = useSignInLab();

function cardAtAdfs(): string[] {
  return lab.log().flatMap((entry) => (entry.event === 'http' && entry.certificate !== undefined ? [entry.certificate] : []));
}

/** A PIN that the card refuses with exit code 5, if it is asked. */
const wrongPin = () => ({ LYNCAUTH_PIN_FILE: secretFile(lab.dir, 'wrong-pin', '000111') });

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
        applicationLive: true,
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
    expect(run.stderr).toContain(`will be stored in ${join(lab.dir, 'config/sign-in/session.json')}, readable by you only`);
    expect(run.stderr).toMatch(/memory\.json, for the next time: .*no PIN, no password, no cookie/);
    const again = await lab.run(['sign-in', '--no-input', ALICE]);
    expect(again.stderr).not.toContain('stored');
    expect(again.stderr).not.toContain('config set');
    expect(run.stdout).toMatch(/^signed in as Alice Example \(alice@lab\.test\) at https:\/\/localhost:\d+\n/);
    expect(lab.stored()).toEqual(['memory.json', 'session.json']);
    const modes = ['', 'memory.json', 'session.json'].map((name) => statSync(join(lab.dir, 'config/sign-in', name)).mode & 0o777);
    expect(modes).toEqual([0o700, 0o600, 0o600]);
  });

  test('a server that is named each time is not remembered, and it is said how to keep it', async () => {
    const server = lab.env.LYNCAUTH_SERVER ?? '';
    const run = await lab.run(['sign-in', '--no-input', ALICE, '--server', server], { env: { LYNCAUTH_SERVER: undefined } });
    expect(run.stderr).toMatch(/memory\.json, for the next time: the address; no PIN/);
    expect(run.stderr).toContain(`to have the server every time: lyncauth config set server ${server}\n`);
    expect(run.code).toBe(0);
  });

  test('without an address it is the one on the card, and after a sign-in the last one', async () => {
    expect((await lab.signIn()).json().result.address).toBe(ALICE);
    expect((await lab.signIn()).json().result.address).toBe(ALICE);
  });

  test('signing in again ends the session that was there', async () => {
    const first = (await lab.signIn()).json().result;
    const second = await lab.signIn();
    expect(second.stderr).toContain(
      `ending the earlier session at ${new URL(first.server).host}\nthe earlier session of ${ALICE} is ended\n`,
    );
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
    const run = await lab.signIn([ALICE], { env: wrongPin() });
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
  test('is exit code 4, and the card is given no PIN', async () => {
    lab.faults('password-only');
    const run = await lab.signIn([ALICE], { env: wrongPin() });
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
    const card = await lab.signIn([ALICE], { env: wrongPin() });
    expect([card.code, card.json().error.code]).toEqual([4, 'METHOD_NOT_OFFERED']);
    expect((await lab.signIn([ALICE, '--method', 'password'])).code).toBe(0);
  });

  test('takes the password of the account that --user names, in the way of the domain', async () => {
    lab.faults('password-only');
    const args = [ALICE, '--method', 'password', '--user'];
    expect((await lab.signIn([...args, 'LAB\\alice'])).json().result).toMatchObject({ address: ALICE, method: 'password' });
    const password = secretFile(lab.dir, 'bobs-password', 'Practice-bob-46');
    const other = await lab.signIn([...args, 'LAB\\bob'], { env: { LYNCAUTH_PASSWORD_FILE: password } });
    expect(other.json().error).toMatchObject({
      code: 'SIGN_IN_REFUSED',
      message: `the password of LAB\\bob signs in bob@lab.test, not ${ALICE}`,
    });
  });

  test('refuses a wrong password: 4', async () => {
    lab.faults('password-only');
    const password = secretFile(lab.dir, 'wrong-password', 'not it');
    const run = await lab.signIn([ALICE, '--method', 'password'], { env: { LYNCAUTH_PASSWORD_FILE: password } });
    expect([run.code, run.json().error.code]).toEqual([4, 'SIGN_IN_REFUSED']);
    expect(lab.stored()).toEqual([]);
  });
});

test('--user beside a card is a mistake; the account of an enrollment in the environment or the settings is none', async () => {
  const given = await lab.signIn([ALICE, '--user', 'LAB\\alice']);
  expect([given.code, given.json().error.code, given.json().error.hint]).toEqual([
    2,
    'USAGE',
    'leave --user out, or sign in with --method password',
  ]);
  expect((await lab.signIn([ALICE], { env: { LYNCAUTH_USER: 'LAB\\alice' } })).code).toBe(0);
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
