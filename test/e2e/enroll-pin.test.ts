import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { expectOneEnrollment, expectUntouched } from '../support/enrolled-card.js';
import { startLab, type TestLab } from '../support/lab.js';
import { scaled } from '../support/scale.js';

const OLD = '24681357';
const NEW = '97538642';
const DEFAULT = '12345678';

let lab: TestLab;
afterEach(() => lab.stop());

/** A lab whose card has `pin` and remembers wrong ones. */
async function start(pin: string, rules: string[] = []): Promise<void> {
  lab = await startLab({ pin, faultModule: true });
  for (const [name, text] of Object.entries({ old: pin, new: NEW, wrong: '11112222', short: '1', default: DEFAULT })) {
    writeFileSync(join(lab.dir, `pin-${name}`), `${text}\n`, { mode: 0o600 });
  }
  setRules(rules);
}

const setRules = (rules: string[]) => lab.card.rules(['retries 3', ...rules]);
const file = (name: string) => join(lab.dir, `pin-${name}`);
const enroll = (...args: string[]) => lab.enroll(['--key-type', 'p256', '--pin-file', file('old'), ...args]);
const change = () => enroll('--pin-change', 'now', '--new-pin-file', file('new'));

/** Five times in the long run, each with a card of its own. */
async function repeatedly(round: () => Promise<void>): Promise<void> {
  await round();
  for (let count = 1; count < scaled(5); count += 1) {
    await lab.stop();
    await round();
  }
}

/** What the card answered to each login of the runs since the last clearLog(): its return value. */
const logins = () => lab.card.calls('C_Login').map((line) => line.split(' ')[1]);
const RIGHT = '0x0';
const WRONG = '0xa0';

/** Calls in the order they came, of those that matter here. */
function order(): string[] {
  const names = lab.card.log().map((line) => line.split(' ')[0] ?? '');
  return names.filter((name) => ['C_Login', 'C_SetPIN', 'C_GenerateKeyPair'].includes(name));
}

describe('a default PIN that manufacturers publish', () => {
  test('ends an unattended run with 2 before the card is asked', async () => {
    await start(DEFAULT);
    const result = await enroll();
    expect(result.code, result.stderr).toBe(2);
    expect(result.json().error).toMatchObject({ code: 'PIN_CHANGE_REQUIRED', hint: expect.stringContaining('--pin-change now') });
    expect(logins()).toEqual([]);
    expectUntouched(lab);
  });

  test('is warned of with --pin-change never', async () => {
    await start(DEFAULT);
    const result = await enroll('--pin-change', 'never');
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr).toContain('warning: the PIN is a default that manufacturers publish');
    expectOneEnrollment(lab);
  });

  test('is changed before the key is made with --pin-change now', async () => {
    await start(DEFAULT);
    const result = await change();
    expect(result.code, result.stderr).toBe(0);
    expect(order()).toEqual(['C_Login', 'C_SetPIN', 'C_Login', 'C_GenerateKeyPair']);
    expectOneEnrollment(lab, { pin: NEW });
    expect(`${result.stdout}${result.stderr}`).not.toMatch(new RegExp(`${DEFAULT}|${NEW}`));
  });
});

test('an open request is finished with the PIN as it is, and not begun anew to change it', async () => {
  await start(DEFAULT);
  const pending = await enroll('--pin-change', 'never', '--template', 'SmartcardUserApproval');
  expect(pending.code, pending.stderr).toBe(8);
  await lab.run(['lab', 'approve', '83']);
  const result = await enroll('--resume', '83', '--pin-change', 'now', '--new-pin-file', file('new'));
  expect(result.code, result.stderr).toBe(0);
  expect(result.stderr).toContain('warning: the PIN stays as it is while an enrollment is finished; lyncauth change-pin changes it');
  expectOneEnrollment(lab, { pin: DEFAULT });
  expect([lab.submissions(), lab.card.calls('C_GenerateKeyPair').length]).toEqual([1, 1]);
});

describe('a card that wants its PIN changed first', () => {
  test.each([[[]], [['--pin-change', 'never']]])('ends an unattended run with 2: %j', async (args) => {
    await start(OLD, ['mustchange']);
    const result = await enroll(...args);
    expect([result.code, result.json().error.code], result.stderr).toEqual([2, 'PIN_CHANGE_REQUIRED']);
    expect(logins()).toEqual([]);
    expectUntouched(lab);
  });

  test('is enrolled with --pin-change now', async () => {
    await start(OLD, ['mustchange']);
    const result = await change();
    expect(result.code, result.stderr).toBe(0);
    expectOneEnrollment(lab, { pin: NEW });
  });
});

test.each([
  ['old', 'PIN_UNCHANGED'],
  ['default', 'PIN_POLICY'],
  ['short', 'PIN_POLICY'],
])('the new PIN from the file "%s" is refused as %s, and no try is spent', async (name, code) => {
  await start(OLD);
  const result = await enroll('--pin-change', 'now', '--new-pin-file', file(name));
  expect([result.code, result.json().error.code], result.stderr).toEqual([2, code]);
  expect(logins()).toEqual([]);
  expectUntouched(lab);
});

describe('killed while the PIN is changed', () => {
  test('before the card took the new one: it is tried once, and the run after that uses the old one', async () => {
    await repeatedly(async () => {
      await start(OLD, ['kill C_SetPIN']);
      expect((await change()).signal).toBe('SIGKILL');
      expect(lab.journal()).toMatchObject([{ step: 'changing-pin' }]);

      setRules([]);
      lab.card.clearLog();
      const tried = await change();
      expect(tried.code, tried.stderr).toBe(5);
      expect(tried.json().error).toMatchObject({ code: 'PIN_INCORRECT', details: { pinState: 'low' } });
      expect(tried.json().error.message).toContain('the interrupted run did not change the PIN');
      expect(logins()).toEqual([WRONG]);
      expect(lab.journal()).toEqual([]);

      lab.card.clearLog();
      const result = await change();
      expect(result.code, result.stderr).toBe(0);
      expect(logins()).toEqual([RIGHT, RIGHT]);
      expectOneEnrollment(lab, { pin: NEW });
    });
  });

  test.each([
    ['after the card took the new one', 'kill C_SetPIN before=0', 'changing-pin'],
    ['after the change, before the next login', 'kill C_Login skip=1', 'pin-changed'],
    ['after the change, while the key is made', 'kill C_GenerateKeyPair before=0', 'making-key'],
    ['after the change, while the certificate is written', 'kill C_CreateObject', 'issued'],
  ])('%s: no try is spent on the old one', async (_moment, rule, step) => {
    await repeatedly(async () => {
      await start(OLD, [rule]);
      expect((await change()).signal).toBe('SIGKILL');
      expect(lab.journal()).toMatchObject([{ step }]);
      setRules([]);
      lab.card.clearLog();
      const result = await change();
      expect(result.code, result.stderr).toBe(0);
      expect(logins()).toEqual([RIGHT]);
      expectOneEnrollment(lab, { pin: NEW });
      expect(lab.submissions()).toBe(1);
    });
  });

  test('the old PIN in the environment is not taken for the new one', async () => {
    await start(OLD, ['kill C_SetPIN before=0']);
    await change();
    setRules([]);
    lab.card.clearLog();
    const result = await lab.enroll(['--allow-pin-env'], { env: { LYNCAUTH_PIN_FILE: undefined, LYNCAUTH_PIN: OLD } });
    expect([result.code, result.json().error.hint]).toEqual([2, 'give --new-pin-file FILE']);
    expect(logins()).toEqual([]);
  });
});

test('a change whose answer was lost is unknown, not repeated, and settled by the next run', async () => {
  await start(OLD, ['fail C_SetPIN CKR_DEVICE_ERROR before=0']);
  const lost = await change();
  expect([lost.code, lost.json().error.code], lost.stderr).toEqual([1, 'PIN_CHANGE_UNKNOWN']);
  expect(lab.card.calls('C_SetPIN')).toHaveLength(1);
  setRules([]);
  lab.card.clearLog();
  const result = await change();
  expect(result.code, result.stderr).toBe(0);
  expect([logins(), lab.card.calls('C_SetPIN')]).toEqual([[RIGHT], []]);
  expectOneEnrollment(lab, { pin: NEW });
});

test('a new PIN that the card itself refuses leaves the old one, and the next run uses it', async () => {
  await start(OLD, ['fail C_SetPIN CKR_PIN_INVALID']);
  const refused = await change();
  expect([refused.code, refused.json().error.code], refused.stderr).toEqual([2, 'PIN_POLICY']);
  expectUntouched(lab);
  setRules([]);
  lab.card.clearLog();
  const result = await change();
  expect(result.code, result.stderr).toBe(0);
  expect(logins()).toEqual([RIGHT, RIGHT]);
});

test('a wrong PIN costs one try a run, and the last try is not spent unattended', async () => {
  await start(OLD);
  const wrong = () => lab.enroll(['--key-type', 'p256', '--pin-file', file('wrong')]);
  const first = await wrong();
  expect(first.code, first.stderr).toBe(5);
  expect(first.json().error).toMatchObject({
    code: 'PIN_INCORRECT',
    message: 'the PIN of card "Test card" is wrong',
    details: { pinState: 'low' },
  });
  const second = await wrong();
  expect(second.code, second.stderr).toBe(5);
  expect(second.json().error.message).toContain('unattended attempt 2 in a row');
  expect(second.json().error.details).toMatchObject({ pinState: 'final', failures: 2 });
  expect(logins()).toEqual([WRONG, WRONG]);

  const third = await enroll();
  expect([third.code, third.json().error.code], third.stderr).toEqual([6, 'PIN_FINAL_TRY']);
  expect(third.stderr).toContain('warning: the last 2 unattended attempts');
  lab.card.state({ badTries: 3 });
  const fourth = await enroll();
  expect([fourth.code, fourth.json().error.code], fourth.stderr).toEqual([6, 'PIN_LOCKED']);
  expect(logins()).toEqual([WRONG, WRONG]);
  lab.card.state({ badTries: 0 });
  expectUntouched(lab);
});

test('a key that wants the PIN for each signature gets it', async () => {
  await start(OLD, ['alwaysauth']);
  const result = await enroll();
  expect(result.code, result.stderr).toBe(0);
  expect(lab.card.calls('C_Login').filter((line) => line.endsWith('context'))).toHaveLength(2);
  expectOneEnrollment(lab);
});

test('a PIN that is refused for a signature is counted like one that is refused at the login', async () => {
  await start(OLD, ['alwaysauth', 'fail C_Login CKR_PIN_INCORRECT skip=1 times=1']);
  const refused = await enroll();
  expect([refused.code, refused.json().error.code], refused.stderr).toEqual([5, 'PIN_INCORRECT']);
  const result = await enroll();
  expect(result.code, result.stderr).toBe(0);
  expect(result.stderr).toContain('warning: the last unattended attempt on card "Test card" had a wrong PIN');
  expectOneEnrollment(lab);
});
