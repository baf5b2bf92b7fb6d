/** A card that was handed out with a PIN that its user must change first: until the PIN is changed, and when the same is asked for again. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cardObjects } from '../support/card-objects.js';
import { NEW_PIN } from '../support/dialog.js';
import { ENROLLED, MARKED, useHandedOutCard } from '../support/handed-out.js';
import { secretFile } from '../support/secret-files.js';

const ALICE = 'alice@lab.test';
const MARK = { kind: 'other', label: 'PIN to be changed at first use' };
const at = useHandedOutCard();
const { lab } = at;

/** What an unattended run does elsewhere with a card whose PIN must be changed. */
async function expectRefusedElsewhere(): Promise<void> {
  const requests = lab.log().length;
  const runs = [
    await at.elsewhere('enroll', '--json', '--no-input', '--yes'),
    await at.elsewhere('enroll', '--json', '--no-input', '--yes', '--replace'),
    await at.elsewhere('sign-in', ALICE, '--json', '--no-input'),
  ];
  for (const run of runs) {
    expect(run.json().error).toMatchObject({
      code: 'PIN_CHANGE_REQUIRED',
      message: 'card "Test card" wants its PIN changed before it is used',
      details: { pinState: 'must-change' },
    });
    expect(run.code).toBe(2);
  }
  expect(runs.map((run) => run.json().error.hint)).toEqual([
    'lyncauth change-pin',
    'add --pin-change now --new-pin-file FILE',
    'lyncauth change-pin',
  ]);
  expect([lab.card.calls('C_Login'), lab.log().length, lab.journal()]).toEqual([[], requests, []]);
}

/** The card is free after change-pin: the same two commands work. */
async function expectFreeAfterChange(): Promise<void> {
  const newPin = join(lab.dir, 'pin-new');
  const changed = await at.elsewhere('change-pin', '--json', '--no-input', '--new-pin-file', newPin);
  expect(changed.code, changed.stderr).toBe(0);
  expect(changed.stderr).not.toContain('warning');
  expect(at.kinds(NEW_PIN)).toEqual(ENROLLED);
  const pin = ['--json', '--no-input', '--pin-file', newPin];
  const again = await at.elsewhere('enroll', '--yes', ...pin);
  expect([again.code, again.json().result?.status], again.stderr).toEqual([0, 'unchanged']);
  const signedIn = await at.elsewhere('sign-in', ALICE, ...pin);
  expect(signedIn.code, signedIn.stderr).toBe(0);
}

test('it is refused everywhere until the PIN is changed, and then works everywhere', async () => {
  at.bring();
  expect(at.handedOut).toMatchObject({ status: 'issued', pinState: 'must-change' });
  expect(cardObjects(lab.token)[1]).toMatchObject(MARK);
  await expectRefusedElsewhere();
  await expectFreeAfterChange();
});

test('a card that asks for the change by itself is refused and freed the same way', async () => {
  const plain = await at.enroll();
  expect(plain.json().result).toMatchObject({ status: 'issued', pinState: 'ok' });
  lab.card.rules(['mustchange']);
  lab.card.clearLog();
  await expectRefusedElsewhere();
  await expectFreeAfterChange();
});

test('cards tells of the change that is due, without a login, and so does change-pin --check', async () => {
  at.bring();
  const shown = await at.elsewhere('cards', '--json', '--card', 'Test card');
  expect(shown.json().result.readers).toMatchObject([{ token: { pin: { state: 'must-change' }, keys: [{ type: 'p256' }] } }]);
  expect((await at.elsewhere('cards')).stdout).toContain('PIN must be changed first\n');
  expect(lab.card.calls('C_Login')).toEqual([]);
  const checked = await at.elsewhere('change-pin', '--check', '--json', '--no-input');
  expect(checked.json().result, checked.stderr).toMatchObject({ checked: true, pin: { state: 'must-change' } });
});

describe('the same command again', () => {
  test('changes nothing while the mark is on the card', async () => {
    at.bring();
    const again = await at.handOut();
    expect([again.code, again.json().result], again.stderr).toMatchObject([0, { status: 'unchanged', pinState: 'must-change' }]);
    expect(again.stderr).not.toContain('warning');
    expect([at.kinds(), lab.card.calls('C_Login')]).toEqual([MARKED, []]);
  });

  test('unattended, marks nothing once the user has changed the PIN, and spends no try', async () => {
    at.bring();
    await at.changePin('--config-dir', join(lab.dir, 'elsewhere'));
    lab.card.clearLog();
    const again = await at.handOut();
    expect([again.code, again.json().result], again.stderr).toMatchObject([0, { status: 'unchanged', pinState: 'ok' }]);
    expect(again.stderr).toContain('warning: card "Test card" is not marked now: its user may have changed the PIN already');
    expect([at.kinds(NEW_PIN), lab.card.calls('C_Login')]).toEqual([ENROLLED, []]);
  });
});

test('--replace renews the card and leaves the mark where it is', async () => {
  at.bring();
  const renewed = await at.handOut('--replace', '--delete-old-key');
  expect([renewed.code, renewed.json().result.replaced], renewed.stderr).toMatchObject([0, [{ keyRemoved: true }]]);
  expect(at.kinds()).toEqual(MARKED);
});

test('a default PIN is no obstacle, since its user must change it', async () => {
  lab.token.add({ label: 'Other card', pin: '12345678' });
  const run = await at.handOut('--card', 'Other card', '--pin-file', secretFile(lab.dir, 'pin-default', '12345678'));
  expect(run.code, run.stderr).toBe(0);
  expect(run.stderr).not.toContain('warning');
});

test('a dry run says it and marks nothing', async () => {
  const run = await lab.run(['enroll', '--dry-run', '--no-input', '--pin-change', 'at-first-use']);
  expect(run.stdout).toContain('PIN                 to be changed by the user of the card before it is used\n');
  expect(at.kinds()).toEqual([]);
});

describe('change-pin takes the mark off', () => {
  test('with a login where the driver wants one', async () => {
    at.bring();
    lab.card.rules(['fail C_DestroyObject CKR_USER_NOT_LOGGED_IN times=1']);
    const run = await at.changePin();
    expect(run.code, run.stderr).toBe(0);
    expect(lab.card.calls('C_Login').map((line) => line.split(' ')[1])).toEqual(['0x0', '0x0']);
    expect(at.kinds(NEW_PIN)).toEqual(ENROLLED);
  });

  test('or says that it is still there: the PIN is changed', async () => {
    at.bring();
    lab.card.rules(['fail C_DestroyObject CKR_GENERAL_ERROR']);
    const run = await at.changePin();
    expect([run.code, run.json().result.changed], run.stderr).toEqual([0, true]);
    expect(run.stderr).toContain('warning: the PIN is changed, but the card still asks for a change');
    expect(at.kinds(NEW_PIN)).toEqual(MARKED);
  });
});
