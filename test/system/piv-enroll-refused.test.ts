/** Secrets that a PIV card refuses while it is enrolled through Yubico's driver, and what the CA refuses: the card stays as it was. */
import { describe, expect, test } from 'vitest';
import { asked, enrollPiv } from '../support/piv-enroll.js';
import { startPivLab } from '../support/piv-lab.js';
import { secretFile } from '../support/secret-files.js';
import { shared } from '../support/shared.js';

const piv = shared(
  () => startPivLab({ '9a': 'rsa2048' }),
  (lab) => lab.stop(),
);
const withFile = (flag: 'PIN' | 'SO_PIN', text: string) => ({
  env: { [`LYNCAUTH_${flag}_FILE`]: secretFile(piv.lab.dir, `${flag}-${text}`, text) },
});
const replace = ['--replace', '--key-type', 'p256'];

test('a wrong PIN: 5, one try, and the management key is not tried', async () => {
  const before = piv.card.state();
  piv.card.clearLog();
  const refused = await enrollPiv(piv, replace, withFile('PIN', '999999'));
  expect([refused.code, refused.json().error.code], refused.stdout).toEqual([5, 'PIN_INCORRECT']);
  expect([asked(piv, 'verify'), asked(piv, 'proveManagementKey')]).toEqual([1, 0]);
  expect(piv.card.state()).toEqual({ ...before, pin: { ...before.pin, left: 2 } });
  expect(piv.lab.journal()).toEqual([]);
});

test('without the management key: 2, naming --so-pin-file, before the PIN is tried', async () => {
  piv.card.clearLog();
  const refused = await enrollPiv(piv, replace, { env: { LYNCAUTH_SO_PIN_FILE: undefined } });
  expect([refused.code, refused.json().error.code]).toEqual([2, 'INPUT_REQUIRED']);
  expect(refused.json().error.hint).toContain('--so-pin-file');
  expect(asked(piv, 'verify')).toBe(0);
});

test.each(['not a management key', 'zz'.repeat(24)])('"%s" is no management key: 2', async (text) => {
  const refused = await enrollPiv(piv, replace, withFile('SO_PIN', text));
  expect([refused.code, refused.json().error.code], refused.stdout).toEqual([2, 'PIN_POLICY']);
  expect(refused.json().error.message).toContain('the PIV management key, in hexadecimal');
  expect(asked(piv, 'generateKeyPair')).toBe(0);
});

test('a wrong management key: 5, counted, and not tried a third time unattended', async () => {
  const before = piv.card.state();
  for (const failures of [undefined, 2]) {
    const refused = await enrollPiv(piv, replace, withFile('SO_PIN', '11'.repeat(24)));
    expect([refused.code, refused.json().error.code], refused.stdout).toEqual([5, 'SO_PIN_INCORRECT']);
    expect(refused.json().error.details).toMatchObject(failures === undefined ? {} : { failures });
  }
  piv.card.clearLog();
  const log = piv.lab.log().length;
  const stopped = await enrollPiv(piv, replace, withFile('SO_PIN', '11'.repeat(24)));
  expect([stopped.code, stopped.json().error.code]).toEqual([6, 'PIN_FINAL_TRY']);
  expect([asked(piv, 'verify'), asked(piv, 'proveManagementKey'), piv.lab.log().length]).toEqual([0, 0, log]);
  expect(piv.card.state()).toEqual({ ...before, pin: { ...before.pin, left: 3 } });
  expect(piv.lab.journal()).toEqual([]);
});

describe('a slot', () => {
  test.each(['9a', '19', 'ff'])('with the id %s is none: 2, with those there are', async (id) => {
    const refused = await enrollPiv(piv, ['--replace', '--key-id', id]);
    expect([refused.code, refused.json().error.code]).toEqual([2, 'USAGE']);
    expect(refused.json().error.hint).toContain('01 (9A), 02 (9C), 03 (9D), 04 (9E)');
  });
});
