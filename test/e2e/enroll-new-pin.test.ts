import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openProgram, unanswered } from '../support/dialog.js';
import { expectOneEnrollment } from '../support/enrolled-card.js';
import { startLab, type TestLab } from '../support/lab.js';
import { secretFile } from '../support/secret-files.js';

const OLD = '24681357';
const NEW = '97538642';
const DEFAULT = '12345678';

let lab: TestLab;
beforeEach(async () => {
  lab = await startLab({ pin: OLD, faultModule: true });
  lab.card.rules(['retries 3']);
  for (const [name, pin] of Object.entries({ old: OLD, new: NEW, default: DEFAULT })) secretFile(lab.dir, `pin-${name}`, pin);
});
afterEach(() => lab.stop());

const file = (name: string) => join(lab.dir, `pin-${name}`);
const enroll = (...args: string[]) => lab.enroll(['--key-type', 'p256', '--pin-file', file('old'), ...args]);
const logins = () => lab.card.calls('C_Login').map((line) => line.split(' ')[1]);

describe('a request that waits for approval, made with a new PIN', () => {
  beforeEach(async () => {
    const pending = await enroll('--template', 'SmartcardUserApproval', '--pin-change', 'now', '--new-pin-file', file('new'));
    expect(pending.code, pending.stderr).toBe(8);
    await lab.run(['lab', 'approve', '83']);
    lab.card.clearLog();
  });

  test.each(['--resume', '--abandon'])('%s takes the PIN from nothing that may hold the old one, and spends no try', async (what) => {
    const withFile = await enroll(what);
    expect([withFile.code, withFile.json().error.code], withFile.stderr).toEqual([2, 'INPUT_REQUIRED']);
    expect(withFile.json().error.hint).toBe('give --new-pin-file FILE');
    const env = { LYNCAUTH_PIN_FILE: undefined, LYNCAUTH_PIN: OLD };
    const withVariable = await lab.enroll([what, '--allow-pin-env'], { env });
    expect([withVariable.code, withVariable.json().error.code], withVariable.stderr).toEqual([2, 'INPUT_REQUIRED']);
    const withDefault = await enroll(what, '--new-pin-file', file('default'));
    expect([withDefault.code, withDefault.json().error.code], withDefault.stderr).toEqual([2, 'PIN_POLICY']);
    expect([logins(), lab.journal().length]).toEqual([[], 1]);
  });

  test('--resume uses the new one once it is given', async () => {
    const result = await enroll('--resume', '--new-pin-file', file('new'));
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr).not.toContain('warning');
    expect(logins()).toEqual(['0x0']);
    expectOneEnrollment(lab, { pin: NEW });
  });

  test('a person is asked for the new one, whatever file holds the old one', async () => {
    const env = { ...unanswered(lab, ['CA', 'USER', 'UPN', 'CARD', 'PASSWORD_FILE']), LYNCAUTH_PIN_FILE: file('old') };
    const terminal = openProgram(['enroll', '--resume', '--yes'], { env });
    await terminal.waitFor('New PIN of card "Test card"');
    terminal.write(`${NEW}\r`);
    expect(await terminal.exit()).toEqual({ code: 0, signal: null });
    expect(logins()).toEqual(['0x0']);
  });
});

test('--new-pin-file alone changes nothing, and that is said', async () => {
  const result = await enroll('--new-pin-file', file('new'));
  expect(result.code, result.stderr).toBe(0);
  expect(result.stderr).toContain('warning: the PIN is not changed to that of --new-pin-file without --pin-change now');
  expectOneEnrollment(lab, { pin: OLD });
});

test('--pin-change now on a card that is enrolled already changes nothing, and that is said', async () => {
  await enroll();
  const result = await enroll('--pin-change', 'now', '--new-pin-file', file('new'));
  expect([result.code, result.json().result.status], result.stderr).toEqual([0, 'unchanged']);
  expect(result.stderr).toContain('warning: the PIN was not changed; lyncauth change-pin changes it');
  expectOneEnrollment(lab, { pin: OLD });
});
