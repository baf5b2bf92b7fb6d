/** Enrollments of a PIV card that wait for the CA, or whose run dies: the same command finishes them, and no key dies but the one that was given up. */
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { certifyNobody } from '../support/card-contract/certify.js';
import { cardStep } from '../support/card-step.js';
import { asked, certificateIn, enrollKilled, enrollPiv, expectIssued } from '../support/piv-enroll.js';
import { startPivLab } from '../support/piv-lab.js';
import { shared } from '../support/shared.js';

const piv = shared(
  () => startPivLab({ '9a': 'p256' }),
  (lab) => lab.stop(),
);
afterEach(() => piv.lab.faults());

const replace = ['--replace', '--key-type', 'p256'];
const slot = () => piv.card.state().keys['9a']?.pkcs8;
const step = () => piv.lab.journal()[0]?.step;

test('a request that waits is finished with --resume, by the user for the proof and the holder of the management key for the rest', async () => {
  piv.lab.faults('pending');
  const old = certificateIn(piv, '9a').fingerprint256;
  const first = await enrollPiv(piv, replace);
  expect([first.code, first.json().result.status], first.stderr).toEqual([8, 'pending']);
  const { requestId } = first.json().result;
  piv.lab.faults();
  const key = slot();
  expect((await piv.lab.run(['lab', 'approve', requestId])).code).toBe(0);
  const resumed = await enrollPiv(piv, ['--resume', requestId]);
  expectIssued(piv, resumed, '9a');
  expect(slot()).toBe(key);
  const [{ sha256, savedTo }] = resumed.json().result.replaced;
  expect([sha256, existsSync(savedTo)]).toEqual([old.replaceAll(':', '').toLowerCase(), true]);
});

test.each([
  ['has made the key', 'generateKeyPair', 0, 'making-key'],
  ['has taken the certificate', 'putData', 1, 'issued'],
] as const)('killed when the card %s, the same command goes on with that key and one request', async (_, at, after, expected) => {
  const [before, submissions, old] = [slot(), piv.lab.submissions(), certificateIn(piv, '9a').fingerprint256];
  piv.card.clearLog();
  await enrollKilled(piv, replace, at, after);
  const key = slot();
  expect(step()).toBe(expected);
  expect(key).not.toBe(before);
  const again = await enrollPiv(piv, replace);
  expectIssued(piv, again, '9a');
  expect([slot(), asked(piv, 'generateKeyPair'), piv.lab.submissions()]).toEqual([key, 1, submissions + 1]);
  expect(again.json().result.replaced).toMatchObject([{ sha256: old.replaceAll(':', '').toLowerCase(), keyRemoved: true }]);
});

test('pulled out before the key is made: 3; put back, the same command makes it', async () => {
  const before = slot();
  piv.card.clearLog();
  await piv.card.plan({ at: 'generateKeyPair', what: 'leave', done: false });
  const out = await enrollPiv(piv, replace);
  expect(out.code, out.stdout).toBe(3);
  expect([step(), slot() === before]).toEqual(['making-key', true]);
  await piv.card.putBack();
  expectIssued(piv, await enrollPiv(piv, replace), '9a');
  expect(asked(piv, 'generateKeyPair')).toBe(2);
});

test('a key that somebody else has made in the slot meanwhile, and had certified, is left alone', async () => {
  await piv.card.plan({ at: 'generateKeyPair', what: 'leave', done: false });
  expect((await enrollPiv(piv, replace)).code).toBe(3);
  await piv.card.putBack();
  const { readers } = (await piv.run('ykcs11', ['cards'])).json().result;
  const card = {
    ...{ modulePath: piv.reader.modules.ykcs11, label: readers[0].token.serial },
    ...{ pin: piv.card.state().pin.value, soPin: piv.card.managementKey },
  };
  const { value } = await cardStep(card, { step: 'generate', type: 'p256', id: '01' }, piv.reader.env);
  await cardStep(card, { step: 'install', id: '01', der: certifyNobody(piv.lab, value) }, piv.reader.env);
  const [key, certificate] = [slot(), certificateIn(piv, '9a').fingerprint256];
  const again = await enrollPiv(piv, replace);
  expect([again.code, again.json().error.code], again.stdout).toEqual([3, 'KEY_NOT_FOUND']);
  expect(again.json().error.message).toContain('slot 9A of card');
  const dropped = await enrollPiv(piv, ['--abandon']);
  expect(dropped.json().result, dropped.stderr).toMatchObject({ status: 'abandoned', keyRemoved: false, keyInSlot: null });
  expect([slot(), certificateIn(piv, '9a').fingerprint256, piv.lab.journal()]).toEqual([key, certificate, []]);
});

test('a denied request leaves its key in the slot, says so, and asks nothing of the card for that', async () => {
  const old = certificateIn(piv, '9a');
  piv.lab.faults('denied');
  const denied = await enrollPiv(piv, replace);
  expect([denied.code, denied.json().error.code]).toEqual([7, 'CA_DENIED']);
  const [{ savedTo }] = denied.json().error.details.replaced;
  expect(readFileSync(savedTo, 'utf8')).toBe(old.toString());
  const told = `its key stays in slot 9A until another one is made there (--replace); the old certificate is saved in ${savedTo}`;
  expect(denied.json().error.message).toContain(told);
  expect(piv.lab.journal()).toEqual([]);
  piv.lab.faults();
  expect((await enrollPiv(piv)).code).toBe(2);
  expectIssued(piv, await enrollPiv(piv, ['--key', 'existing', '--key-id', '01']), '9a');
});

test('killed when the card has made the key, and dropped: the key in the slot is told of, and where the old certificate is', async () => {
  const old = certificateIn(piv, '9a');
  await enrollKilled(piv, replace, 'generateKeyPair');
  expect(step()).toBe('making-key');
  const dropped = await enrollPiv(piv, ['--abandon']);
  expect(dropped.json().result, dropped.stderr).toMatchObject({ status: 'abandoned', keyRemoved: false, keyInSlot: '9A' });
  const [{ savedTo }] = dropped.json().result.replaced;
  expect(readFileSync(savedTo, 'utf8')).toBe(old.toString());
  expectIssued(piv, await enrollPiv(piv, replace), '9a');
});

test('a kind of key that the card does not make is refused, and the slot is as it was', async () => {
  const before = piv.card.state();
  const refused = await enrollPiv(piv, ['--replace', '--key-type', 'rsa4096']);
  expect([refused.code, refused.json().error.code]).toEqual([3, 'CARD_UNSUPPORTED']);
  expect(refused.json().error.hint).toBe('choose another --key-type');
  expect([piv.card.state(), piv.lab.journal()]).toEqual([before, []]);
});
