import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cardObjects } from '../support/card-objects.js';
import { openProgram } from '../support/dialog.js';
import { expectOneEnrollment } from '../support/enrolled-card.js';
import { startLab, type TestLab } from '../support/lab.js';
import { createToken } from '../support/softhsm.js';

let lab: TestLab;
beforeEach(async () => {
  lab = await startLab({ faultModule: true });
});
afterEach(() => lab.stop());

const approval = ['--key-type', 'p256', '--template', 'SmartcardUserApproval'];

async function leavePending(): Promise<string> {
  const result = await lab.enroll(approval);
  expect(result.code, result.stderr).toBe(8);
  return lab.journal()[0].keyId;
}

describe('--abandon of a request whose card is lost', () => {
  test.each(['card absent', 'reader absent'])('%s: drops the record, and says that the key stays on the card', async (rule) => {
    const keyId = await leavePending();
    lab.card.rules([rule]);
    const asked = await lab.run(['enroll', '--json', '--no-input', '--abandon']);
    expect([asked.code, asked.json().error.code, asked.json().error.hint]).toEqual([2, 'INPUT_REQUIRED', 'give --yes']);
    const dropped = await lab.run(['enroll', '--no-input', '--yes', '--abandon']);
    expect(dropped.code, dropped.stderr).toBe(0);
    expect(dropped.stdout).toContain(`is dropped without card "Test card"; should it turn up, the key ${keyId} is still on it`);
    lab.card.rules([]);
    expect([lab.journal(), cardObjects(lab.token).map(({ id }) => id)]).toEqual([[], [keyId, keyId]]);
  });

  test('another card in the reader: the same, unless the flags mean that one', async () => {
    await leavePending();
    lab.token.remove();
    const other = createToken({ label: 'Other card' });
    const env = { SOFTHSM2_CONF: other.conf, LYNCAUTH_CARD: 'Other card' };
    const meant = await lab.enroll(['--abandon'], { env });
    expect([meant.code, meant.json().error.code], meant.stderr).toEqual([2, 'REQUEST_NOT_FOUND']);
    const dropped = await lab.enroll(['--abandon'], { env: { ...env, LYNCAUTH_CARD: undefined } });
    expect(dropped.json().result).toMatchObject({ status: 'abandoned', keyRemoved: false, certificate: null });
    other.remove();
  });

  test('a person is asked whether it is lost; otherwise it is waited for', async () => {
    await leavePending();
    lab.card.rules(['card absent']);
    const first = openProgram(['enroll', '--abandon'], { env: lab.env });
    await first.waitFor('Card "Test card" is not in a reader. Is it lost');
    first.write('n\r');
    await first.waitFor('insert your smart card');
    await first.close();
    expect(lab.journal()).toHaveLength(1);
    const second = openProgram(['enroll', '--abandon'], { env: lab.env });
    await second.waitFor('Is it lost');
    second.write('y\r');
    await second.waitFor('is dropped without card "Test card"');
    expect(await second.exit()).toEqual({ code: 0, signal: null });
    expect(lab.journal()).toEqual([]);
  });
});

test('--abandon after a run died with everything on the card closes the request and keeps the enrollment', async () => {
  lab.card.rules(['kill C_CreateObject before=0']);
  expect((await lab.enroll(['--key-type', 'p256'])).signal).toBe('SIGKILL');
  lab.card.rules([]);
  lab.card.clearLog();
  const [{ keyId, requestId }] = lab.journal();
  const result = await lab.enroll(['--abandon']);
  expect(result.code, result.stderr).toBe(0);
  expect(result.json().result).toMatchObject({
    status: 'abandoned',
    request: { requestId, keyId },
    keyRemoved: false,
    certificate: { upn: 'alice@lab.test' },
  });
  expect(lab.card.calls('C_Login')).toEqual([]);
  expect(expectOneEnrollment(lab).keyId).toBe(keyId);
});

test('--dry-run tells of a request that is open, and changes nothing', async () => {
  const keyId = await leavePending();
  const [record] = lab.journal();
  const exchanges = lab.log().length;
  const result = await lab.enroll([...approval, '--dry-run']);
  expect(result.code, result.stderr).toBe(0);
  expect(result.json().result).toMatchObject({ status: 'open', requests: [{ requestId: '83', step: 'submitted', keyId }] });
  const text = await lab.run(['enroll', '--dry-run', ...approval]);
  expect(text.stdout).toMatch(new RegExp(`step +submitted\nrequest +83 at .*\n(.*\n)*key +${keyId}\nnothing was sent or changed`));
  expect([lab.journal(), lab.log().length]).toEqual([[record], exchanges]);
});

test('the user that the request was made for need not be named again', async () => {
  const keyId = await leavePending();
  await lab.run(['lab', 'approve', '83']);
  const result = await lab.enroll(approval, { env: { LYNCAUTH_UPN: undefined } });
  expect(result.code, result.stderr).toBe(0);
  expect(expectOneEnrollment(lab).keyId).toBe(keyId);
});

describe('a card whose PIN is blocked', () => {
  const block = () => {
    lab.card.rules(['retries 3']);
    lab.card.state({ badTries: 3 });
  };

  test('is refused before the CA is asked anything', async () => {
    block();
    const result = await lab.enroll();
    expect([result.code, result.json().error.code], result.stderr).toEqual([6, 'PIN_LOCKED']);
    expect(lab.log()).toEqual([]);
  });

  test('does not hinder asking after a request that waits', async () => {
    await leavePending();
    block();
    const result = await lab.enroll(['--resume', '83']);
    expect(result.code, result.stderr).toBe(8);
  });
});
