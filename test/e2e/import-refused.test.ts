/** What `lyncauth import` refuses, one for each exit code: whatever is wrong with the file, before the card is asked for anything. */
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { handOut, keyPem, pem } from '../support/handout.js';
import { CA, importDesk, UPN } from '../support/import-desk.js';
import { secretFile } from '../support/secret-files.js';

const at = importDesk();
const kim = handOut(CA, 'p256');

describe('before the card is looked at', () => {
  afterEach(() => expect(at.desk.card.log()).toEqual([]));

  test('a certificate that does not fit, also with --yes: 1', async () => {
    const file = at.pfx(handOut(CA, 'p256', { upn: 'bob@contoso.com' }));
    const run = await at.run(file);
    expect(run.json().error).toMatchObject({
      code: 'CERTIFICATE_REFUSED',
      message: `the certificate in ${file} is not imported: it is for another user: bob@contoso.com instead of ${UPN}`,
    });
    expect(run.code).toBe(1);
  });

  test('a wrong password is told as such, with what was looked at: 1', async () => {
    const wrong = secretFile(at.desk.dir, 'wrong', 'Falsches-Wort-9');
    const file = at.pfx(kim);
    const run = await at.run(file, ['--password-file', wrong]);
    expect(run.json().error).toEqual({
      code: 'FILE_UNREADABLE',
      message: `${file} cannot be imported: the password is wrong`,
      hint: 'ask whoever handed the file out for its password; it is not the PIN of the card',
      details: {},
    });
    expect(run.code).toBe(1);
  });

  test('an unattended run says whose certificate it is to be, and consents: 2', async () => {
    const file = at.pfx(kim);
    const password = ['--password-file', join(at.desk.dir, 'password')];
    for (const [args, hint] of [
      [['--yes'], 'give --upn user@domain'],
      [['--upn', UPN], 'give --yes'],
    ] as const) {
      const run = await at.desk.run(['import', file, '--json', '--no-input', ...password, ...args]);
      expect([run.code, run.json().error.code, run.json().error.hint]).toEqual([2, 'INPUT_REQUIRED', hint]);
    }
    const idle = await at.run(file, ['--delete-old-key']);
    expect([idle.code, idle.json().error.code]).toEqual([2, 'USAGE']);
    const noPassword = await at.desk.run(['import', file, '--json', '--no-input', '--yes', '--upn', UPN]);
    expect(noPassword.json().error).toMatchObject({
      code: 'INPUT_REQUIRED',
      message: 'the password of kim.pfx is needed',
      hint: 'give --password-file FILE',
    });
  });
});

describe('before the card is given a PIN, or anything else', () => {
  afterEach(() => expect(at.calls()).toEqual([]));

  test('a card that only its own tool writes to: 3', async () => {
    at.desk.card.rules(['manufacturer Yubico', 'model YubiKey YK5']);
    const run = await at.run(at.pfx(kim));
    expect(run.json().error).toMatchObject({
      code: 'NEEDS_SECURITY_OFFICER',
      message: 'card "Test card" takes keys from its own tool only (driver YubiKey (ykcs11))',
      hint: expect.stringContaining('ykman piv keys import'),
    });
    expect(run.code).toBe(3);
  });

  test('a card that wants its PIN changed first: 2', async () => {
    at.desk.card.rules(['mustchange']);
    const run = await at.run(at.pfx(kim));
    expect([run.code, run.json().error.code]).toEqual([2, 'PIN_CHANGE_REQUIRED']);
  });

  test('a card whose PIN is a default that manufacturers publish: 2', async () => {
    at.desk.token.add({ label: 'New card', pin: '12345678' });
    const run = await at.run(at.pfx(kim), ['--card', 'New card', '--pin-file', secretFile(at.desk.dir, 'default', '12345678')]);
    expect(run.json().error).toEqual({
      code: 'PIN_CHANGE_REQUIRED',
      message: 'the PIN of card "New card" is a default that manufacturers publish',
      hint: 'lyncauth change-pin',
      details: {},
    });
    expect(run.code).toBe(2);
  });

  test('a card whose PIN is blocked: 6', async () => {
    at.desk.card.rules(['retries 3']);
    at.desk.card.state({ badTries: 3 });
    const run = await at.run(at.pfx(kim));
    expect([run.code, run.json().error.code]).toEqual([6, 'PIN_LOCKED']);
  });
});

test('a card that wants its PIN changed first, also where it holds the certificate already: 2', async () => {
  const file = at.pfx(kim);
  expect((await at.run(file)).json().result.status).toBe('installed');
  at.desk.card.rules(['mustchange']);
  const run = await at.run(file);
  expect([run.code, run.json().error.code]).toEqual([2, 'PIN_CHANGE_REQUIRED']);
});

test('a .pem with its key is told how it could be imported: 3', async () => {
  const run = await at.run(at.file('kim.pem', keyPem(kim.key) + pem(kim.certificate)));
  expect(run.json().error).toMatchObject({ code: 'KEY_MISMATCH', hint: expect.stringContaining('openssl pkcs12 -export') });
  expect([run.code, at.objects()]).toEqual([3, []]);
});

test('a wrong PIN is tried once, and nothing is written: 5', async () => {
  const run = await at.run(at.pfx(kim), ['--pin-file', secretFile(at.desk.dir, 'bad', '00112233')]);
  expect([run.code, run.json().error.code, at.calls()]).toEqual([5, 'PIN_INCORRECT', ['C_Login 0xa0']]);
  expect(at.objects()).toEqual([]);
});
