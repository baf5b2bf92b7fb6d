import { randomInt } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CardObject, cardObjects } from '../support/card-objects.js';
import { expectOneEnrollment } from '../support/enrolled-card.js';
import { killWhen } from '../support/interrupt.js';
import { startLab, type TestLab } from '../support/lab.js';
import { scaled } from '../support/scale.js';

// One CA for all; each enrollment has a card of its own.
let lab: TestLab;
let label: string;
let cards = 0;
let submissionsBefore: number;
beforeAll(async () => {
  lab = await startLab({ faultModule: true });
});
afterAll(() => lab.stop());
beforeEach(newCard);
afterEach(calm);

function newCard(): void {
  cards += 1;
  label = `Card ${cards}`;
  lab.token.add({ label });
  submissionsBefore = lab.submissions();
}

function calm(): void {
  lab.faults();
  lab.card.rules([]);
}

const submissions = () => lab.submissions() - submissionsBefore;
const step = () => lab.journal()[0]?.step;
const command = (args: string[] = []) => ['--key-type', 'p256', '--card', label, ...args];
const enroll = (args: string[] = []) => lab.enroll(command(args));
const kinds = (objects: CardObject[]) => objects.map(({ kind }) => kind);

/** Runs the program under `rules` that kill it. */
async function enrollKilled(rules: string[], args: string[] = []): Promise<void> {
  lab.card.rules(rules);
  const result = await enroll(args);
  expect(result.signal, result.stderr).toBe('SIGKILL');
  calm();
}

/** Expects the same command to finish what was begun, with one request in all. */
async function expectFinished(args: string[] = []): Promise<void> {
  const result = await enroll(args);
  expect(result.code, result.stderr).toBe(0);
  expect(result.json().result.status).toBe('issued');
  expectOneEnrollment(lab, { label });
  expect(submissions()).toBe(1);
}

const keyPair = ['private key', 'public key'];
const all = ['certificate', ...keyPair];

/** Where the card ends the program, the step that is then in the journal, and what is then on the card. */
const moments: [rule: string, step: string, left: string[]][] = [
  ['kill C_Login', 'planned', []],
  ['kill C_Login before=0', 'planned', []],
  ['kill C_GenerateKeyPair', 'making-key', []],
  ['kill C_GenerateKeyPair before=0', 'making-key', keyPair],
  ['kill C_SignInit', 'key-made', keyPair],
  // The second signature proves that the card holds the certificate's key.
  ['kill C_SignInit skip=1', 'issued', keyPair],
  ['kill C_CreateObject', 'issued', keyPair],
  ['kill C_CreateObject before=0', 'issued', all],
];

describe('killed at a call to the card, the same command finishes it with one request, one key and one certificate', () => {
  test.each(moments)('%s: %s', async (rule, expectedStep, left) => {
    for (let round = 0; round < scaled(5); round += 1) {
      if (round > 0) newCard();
      await enrollKilled([rule]);
      expect(step()).toBe(expectedStep);
      expect(kinds(cardObjects(lab.token, { label }))).toEqual(left);
      await expectFinished();
    }
  });
});

describe('killed while it waits for the CA', () => {
  test('for the certificate: the same command fetches it', async () => {
    for (let round = 0; round < scaled(5); round += 1) {
      if (round > 0) newCard();
      lab.faults('slow=30000@retrieve');
      await killWhen(lab, ['enroll', '--json', '--no-input', '--yes', ...command()], () => step() === 'submitted');
      calm();
      await expectFinished();
    }
  });

  test('for its decision: nothing is sent again, and --resume ID finishes it', async () => {
    for (let round = 0; round < scaled(5); round += 1) {
      if (round > 0) newCard();
      lab.faults('slow=30000@submit');
      await killWhen(lab, ['enroll', '--json', '--no-input', '--yes', ...command()], () => step() === 'submitting' && submissions() === 1);
      calm();
      const id = lab.log().findLast((entry) => entry.event === 'submitted')?.requestId;
      const again = await enroll();
      expect([again.code, again.json().error.code]).toEqual([9, 'SUBMISSION_UNKNOWN']);
      await expectFinished(['--resume', String(id)]);
    }
  });
});

describe('killed while --replace takes the old certificate and its key off the card', () => {
  const retire = ['--replace', '--delete-old-key'];
  const calls: [rule: string, left: number][] = [
    ['kill C_DestroyObject', 6],
    ['kill C_DestroyObject before=0', 5],
    ['kill C_DestroyObject skip=1 before=0', 4],
    ['kill C_DestroyObject skip=2', 4],
    ['kill C_DestroyObject skip=2 before=0', 3],
  ];
  test.each(calls)('%s: %i objects are left', async (rule, left) => {
    for (let round = 0; round < scaled(5); round += 1) {
      if (round > 0) newCard();
      await enroll();
      const old = expectOneEnrollment(lab, { label });
      submissionsBefore = lab.submissions();
      await enrollKilled([rule], retire);
      expect(step()).toBe('installed');
      expect(cardObjects(lab.token, { label })).toHaveLength(left);
      await expectFinished(retire);
      expect(expectOneEnrollment(lab, { label }).keyId).not.toBe(old.keyId);
    }
  });
});

test('killed while a denied request is cleared away, the same command tells the denial again', async () => {
  lab.faults('denied');
  lab.card.rules(['kill C_DestroyObject']);
  expect((await enroll()).signal).toBe('SIGKILL');
  lab.card.rules([]);
  const again = await enroll();
  expect([again.code, again.json().error.code]).toEqual([7, 'CA_DENIED']);
  expect([cardObjects(lab.token, { label }), lab.journal(), submissions()]).toEqual([[], [], 1]);
});

test('killed while the key of a refused certificate is cleared away, the next run names --abandon, which clears the rest', async () => {
  lab.faults('wrong-user');
  await enrollKilled(['kill C_DestroyObject before=0']);
  expect(kinds(cardObjects(lab.token, { label }))).toEqual(['public key']);
  const again = await enroll();
  expect([again.code, again.json().error.code]).toEqual([3, 'KEY_NOT_FOUND']);
  expect(again.json().error.hint).toContain('lyncauth enroll --abandon');
  const dropped = await enroll(['--abandon']);
  expect(dropped.code, dropped.stderr).toBe(0);
  expect([cardObjects(lab.token, { label }), lab.journal(), submissions()]).toEqual([[], [], 1]);
});

test('killed at any moment, it is finished by the same command, or by --resume ID where the CA may have taken the request', {
  timeout: 240_000,
}, async () => {
  for (let round = 0; round < scaled(30); round += 1) {
    newCard();
    const at = Date.now() + randomInt(150, 1200);
    await killWhen(lab, ['enroll', '--json', '--no-input', '--yes', ...command()], () => Date.now() >= at).catch(() => undefined);
    const result = await enroll();
    if (result.code === 9) {
      expect(result.json().error.code).toBe('SUBMISSION_UNKNOWN');
      const id = lab.log().findLast((entry) => entry.event === 'submitted')?.requestId;
      const settled = await enroll(submissions() === 1 ? ['--resume', String(id)] : ['--resubmit']);
      expect(settled.code, settled.stderr).toBe(0);
    } else {
      expect(result.code, result.stderr).toBe(0);
    }
    expectOneEnrollment(lab, { label, torn: result.stderr.includes('holds a key without an id') });
    expect(submissions()).toBe(1);
  }
});
