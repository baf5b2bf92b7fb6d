import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cardObjects } from '../support/card-objects.js';
import { expectOneEnrollment } from '../support/enrolled-card.js';
import { startLab, type TestLab } from '../support/lab.js';

// One CA for all; each enrollment has a card of its own.
let lab: TestLab;
let label: string;
let cards = 0;
let submissionsBefore: number;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => {
  cards += 1;
  label = `Card ${cards}`;
  lab.token.add({ label });
  submissionsBefore = lab.submissions();
});
afterEach(() => lab.faults());

const submissions = () => lab.submissions() - submissionsBefore;
const enroll = (args: string[] = []) => lab.enroll(['--key-type', 'p256', '--card', label, ...args]);

/** Sends a request whose answer is lost; what it leaves open. */
async function loseAnswer(fault: string, args: string[] = []): Promise<{ keyId: string; requestId: string }> {
  lab.faults(fault);
  const result = await enroll(args);
  lab.faults();
  expect(result.code, result.stderr).toBe(9);
  expect(result.json().error.code).toBe('SUBMISSION_UNKNOWN');
  for (const way of ['--resume ID', '--resubmit', '--abandon']) expect(result.json().error.hint).toContain(way);
  const open = lab.journal().find(({ cardLabel }) => cardLabel === label);
  expect(open.step).toBe('submitting');
  return { keyId: open.keyId, requestId: String(lab.log().findLast((entry) => entry.event === 'submitted')?.requestId) };
}

test.each(['cut-after-submit', 'truncated-page', 'huge-body@submit'])(
  '%s: nothing is sent again by itself, and --resume ID finishes it with the same key',
  async (fault) => {
    const { keyId, requestId } = await loseAnswer(fault);
    const again = await enroll();
    expect([again.code, again.json().error.code]).toEqual([9, 'SUBMISSION_UNKNOWN']);
    expect(submissions()).toBe(1);
    const result = await enroll(['--resume', requestId]);
    expect(result.code, result.stderr).toBe(0);
    expect(expectOneEnrollment(lab, { label }).keyId).toBe(keyId);
    expect(submissions()).toBe(1);
  },
);

test.each(['slow=20000@submit', 'server-error@submit'])('%s: it is not known what the CA did', async (fault) => {
  await loseAnswer(fault, ['--timeout', '2']);
  const dropped = await enroll(['--abandon']);
  expect(dropped.code, dropped.stderr).toBe(0);
});

test('--resubmit sends it once more, with the same key', async () => {
  const { keyId } = await loseAnswer('cut-after-submit');
  const result = await enroll(['--resubmit']);
  expect(result.code, result.stderr).toBe(0);
  expect(expectOneEnrollment(lab, { label }).keyId).toBe(keyId);
  expect(submissions()).toBe(2);
});

test('--abandon removes the key and asks the CA nothing', async () => {
  await loseAnswer('cut-after-submit');
  const exchanges = lab.log().length;
  const dropped = await enroll(['--abandon']);
  expect(dropped.code, dropped.stderr).toBe(0);
  expect(dropped.json().result).toMatchObject({ status: 'abandoned', request: { requestId: null, step: 'submitting' }, keyRemoved: true });
  expect([cardObjects(lab.token, { label }), lab.journal()]).toEqual([[], []]);
  expect(lab.log()).toHaveLength(exchanges);
});

describe('a wrong id', () => {
  test('that the CA does not know does no harm: the right one still finishes it', async () => {
    const { keyId, requestId } = await loseAnswer('cut-after-submit');
    const wrong = await enroll(['--resume', '99999']);
    expect([wrong.code, wrong.json().error.code]).toEqual([2, 'REQUEST_NOT_FOUND']);
    const result = await enroll(['--resume', requestId]);
    expect(result.code, result.stderr).toBe(0);
    expect(expectOneEnrollment(lab, { label }).keyId).toBe(keyId);
  });

  test("that is another card's request does no harm either", async () => {
    const other = await lab.enroll(['--key-type', 'p256']);
    const { keyId, requestId } = await loseAnswer('cut-after-submit');
    submissionsBefore = lab.submissions();
    const wrong = await enroll(['--resume', other.json().result.requestId]);
    expect([wrong.code, wrong.json().error.code], wrong.stderr).toEqual([2, 'REQUEST_NOT_FOUND']);
    expect(wrong.json().error.message).toContain('is for another key than that of card');
    expect(lab.journal()).toMatchObject([{ step: 'submitting', keyId }]);
    const result = await enroll(['--resume', requestId]);
    expect(result.code, result.stderr).toBe(0);
    expect(expectOneEnrollment(lab, { label }).keyId).toBe(keyId);
    expect(submissions()).toBe(0);
  });

  test('of a request that waits can be corrected', async () => {
    const waiting = await lab.enroll(['--key-type', 'p256', '--template', 'SmartcardUserApproval', '--replace']);
    expect(waiting.code, waiting.stderr).toBe(8);
    const { requestId } = await loseAnswer('cut-after-submit');
    const wrong = await enroll(['--resume', waiting.json().result.requestId]);
    expect(wrong.code, wrong.stderr).toBe(8);
    const result = await enroll(['--resume', requestId]);
    expect(result.code, result.stderr).toBe(0);
    const dropped = await lab.enroll(['--abandon']);
    expect(dropped.code, dropped.stderr).toBe(0);
    expectOneEnrollment(lab, { label });
  });
});
