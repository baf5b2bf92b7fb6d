import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cardObjects } from '../support/card-objects.js';
import { expectOneEnrollment, expectUntouched } from '../support/enrolled-card.js';
import { startLab, type TestLab } from '../support/lab.js';

let lab: TestLab;
beforeEach(async () => {
  lab = await startLab();
});
afterEach(() => lab.stop());

const approval = ['--key-type', 'p256', '--template', 'SmartcardUserApproval'];

/** Leaves a request at the CA that waits for approval. */
async function leavePending(args: string[] = []): Promise<{ keyId: string; requestId: string }> {
  const result = await lab.enroll([...approval, ...args]);
  expect(result.code, result.stderr).toBe(8);
  const { requestId } = result.json().result;
  const open = lab.journal().find((record) => record.requestId === requestId);
  return { keyId: open.keyId, requestId };
}

describe('a request that waits for approval', () => {
  test('ends with 8 each time, and with 0 and the same key once it is approved', async () => {
    const first = await lab.enroll(approval);
    expect(first.code, first.stderr).toBe(8);
    expect(first.json()).toMatchObject({ ok: true, result: { status: 'pending', requestId: '83' } });
    const [{ keyId }] = lab.journal();

    const again = await lab.enroll(approval);
    expect(again.code, again.stderr).toBe(8);
    const resumed = await lab.enroll(['--resume', '83']);
    expect(resumed.code, resumed.stderr).toBe(8);

    const approved = await lab.run(['lab', 'approve', '83', '--json']);
    expect(approved.code, approved.stderr).toBe(0);
    const result = await lab.enroll(['--resume']);
    expect(result.code, result.stderr).toBe(0);
    expect(result.json().result).toMatchObject({ status: 'issued', requestId: '83', key: { id: keyId } });
    expect(expectOneEnrollment(lab).keyId).toBe(keyId);
    expect(lab.submissions()).toBe(1);
  });

  test('is finished by --resume ID, with no other setting than the secrets', async () => {
    const { keyId } = await leavePending();
    await lab.run(['lab', 'approve', '83']);
    const result = await lab.enroll(['--resume', '83'], {
      env: { LYNCAUTH_CA: undefined, LYNCAUTH_UPN: undefined, LYNCAUTH_CARD: undefined },
    });
    expect(result.code, result.stderr).toBe(0);
    expect(expectOneEnrollment(lab).keyId).toBe(keyId);
  });

  test('is found whichever way the address of the CA is written', async () => {
    await leavePending();
    const again = await lab.enroll([...approval, '--ca', `${lab.env.LYNCAUTH_CA}/default.asp`]);
    expect(again.code, again.stderr).toBe(8);
    expect(again.json().result.requestId).toBe('83');
    expect(lab.submissions()).toBe(1);
  });

  test('says in words what comes next', async () => {
    const result = await lab.run(['enroll', '--no-input', '--yes', ...approval]);
    expect(result.code).toBe(8);
    expect(result.stdout).toContain('when it is approved: lyncauth enroll --resume 83');
  });

  test('keeps what it was told about the old key', async () => {
    await lab.enroll(['--key-type', 'p256']);
    await leavePending(['--replace', '--delete-old-key']);
    await lab.run(['lab', 'approve', '84']);
    const result = await lab.enroll(['--resume', '84']);
    expect(result.code, result.stderr).toBe(0);
    expect(result.json().result.replaced).toMatchObject([{ keyRemoved: true }]);
    expectOneEnrollment(lab);
  });

  test.each([[], ['french']])('that is denied meanwhile ends with 7 and its key is removed (pages: %s)', async (...faults) => {
    lab.faults(...faults);
    await leavePending();
    await lab.run(['lab', 'deny', '83']);
    const result = await lab.enroll(['--resume']);
    expect(result.code, result.stderr).toBe(7);
    expect(result.json().error).toMatchObject({ code: 'CA_DENIED', details: { requestId: '83' } });
    expectUntouched(lab);
  });

  test('is not finished for another user than it was made for', async () => {
    await leavePending();
    await lab.run(['lab', 'approve', '83']);
    const result = await lab.enroll(['--resume', '83', '--upn', 'bob@lab.test']);
    expect([result.code, result.json().error.code]).toEqual([2, 'USAGE']);
    expect(lab.journal()).toHaveLength(1);
  });
});

describe('several open requests', () => {
  test('are listed by --resume, and each is finished or dropped by its id', async () => {
    const first = await leavePending();
    const second = await lab.enroll(['--key-type', 'p256', '--template', 'SmartcardLogon']);
    expect(second.code, second.stderr).toBe(0);
    lab.faults('pending');
    const third = await lab.enroll(['--key-type', 'p256', '--template', 'SmartcardSignIn', '--replace']);
    expect(third.code, third.stderr).toBe(8);

    const list = await lab.enroll(['--resume']);
    expect(list.code, list.stderr).toBe(0);
    expect(list.json().result).toMatchObject({
      status: 'open',
      requests: [
        { requestId: '83', step: 'submitted', template: 'SmartcardUserApproval', upn: 'alice@lab.test', card: { label: 'Test card' } },
        { requestId: '85', step: 'submitted', template: 'SmartcardSignIn' },
      ],
    });
    const unclear = await lab.enroll(['--abandon']);
    expect([unclear.code, unclear.json().error.code]).toEqual([2, 'REQUEST_NOT_FOUND']);
    expect(unclear.json().error.message).toContain('83, 85');

    const dropped = await lab.enroll(['--abandon', '--resume', '83']);
    expect(dropped.code, dropped.stderr).toBe(0);
    expect(dropped.json().result).toMatchObject({ status: 'abandoned', request: { requestId: '83' }, keyRemoved: true });
    expect(cardObjects(lab.token).some(({ id }) => id === first.keyId)).toBe(false);

    await lab.run(['lab', 'approve', '85']);
    const result = await lab.enroll(['--resume', '85']);
    expect(result.code, result.stderr).toBe(0);
    expect(lab.journal()).toEqual([]);
    expect(lab.submissions()).toBe(3);
  });

  test('none is told as such', async () => {
    const result = await lab.enroll(['--resume']);
    expect([result.code, result.json().result]).toEqual([0, { status: 'open', requests: [] }]);
    const text = await lab.run(['enroll', '--resume']);
    expect(text.stdout).toBe('no request is open\n');
  });
});

describe('--abandon', () => {
  test('asks before it drops request and key', async () => {
    await leavePending();
    const asked = await lab.run(['enroll', '--json', '--no-input', '--abandon']);
    expect([asked.code, asked.json().error.code, asked.json().error.hint]).toEqual([2, 'INPUT_REQUIRED', 'give --yes']);
    expect(lab.journal()).toHaveLength(1);
    const dropped = await lab.enroll(['--abandon'], { env: { LYNCAUTH_CA: undefined } });
    expect(dropped.code, dropped.stderr).toBe(0);
    expect(dropped.json().result).toMatchObject({ status: 'abandoned', keyRemoved: true });
    expectUntouched(lab);
  });

  test('leaves a key alone that was there before', async () => {
    await lab.enroll(['--key-type', 'p256']);
    const { keyId } = expectOneEnrollment(lab);
    await leavePending(['--key', 'existing', '--replace']);
    const dropped = await lab.enroll(['--abandon']);
    expect(dropped.json().result).toMatchObject({ status: 'abandoned', keyRemoved: false });
    expect(expectOneEnrollment(lab).keyId).toBe(keyId);
  });

  test('with nothing open ends with 2', async () => {
    const result = await lab.enroll(['--abandon']);
    expect([result.code, result.json().error.code]).toEqual([2, 'REQUEST_NOT_FOUND']);
  });
});

test('an id that no open request has ends with 2 and asks the CA nothing', async () => {
  await leavePending();
  const exchanges = lab.log().length;
  for (const id of ['84', 'abc']) {
    const result = await lab.enroll(['--resume', id]);
    expect([result.code, result.json().error.code]).toEqual([2, 'REQUEST_NOT_FOUND']);
  }
  expect(lab.log()).toHaveLength(exchanges);
});
