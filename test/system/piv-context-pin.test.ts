/** A key that wants the PIN before each signature (9C) on a PIV card whose PIN changes between the login and the signature: one try, exit code 5, and nothing stays behind. */
import { createPublicKey, verify } from 'node:crypto';
import { expect, test } from 'vitest';
import { OTHER_PIN } from '../fixtures/piv-card/state.js';
import { cardStep } from '../support/card-step.js';
import type { PivCard } from '../support/piv-card.js';
import { startPivLab } from '../support/piv-lab.js';
import { secretFile } from '../support/secret-files.js';
import { shared } from '../support/shared.js';

const ALICE = 'alice@lab.test';

const desk = shared(
  () => startPivLab({ '9c': 'p256' }),
  (opened) => opened.stop(),
);

function verifications(card: PivCard): string[] {
  return card.log().flatMap(({ name, status }) => (name === 'verify' ? [status] : []));
}

test.each(['opensc', 'ykcs11'] as const)('through %s the next run works with the right PIN', async (driver) => {
  const { card, lab, run } = desk;
  const first = secretFile(lab.dir, 'pin-before', card.state().pin.value);
  card.clearLog();
  // the first is the login
  await card.plan({ at: 'verify', what: 'other PIN', after: 1 });
  const refused = await run(driver, ['sign-in', ALICE], { env: { LYNCAUTH_PIN_FILE: first } });
  expect(refused.json().error, refused.stderr).toMatchObject({ code: 'PIN_INCORRECT', details: { ckr: 'CKR_PIN_INCORRECT' } });
  expect([refused.code, verifications(card), card.state().pin.left]).toEqual([5, ['9000', '63c2'], 2]);

  const right = { env: { LYNCAUTH_PIN_FILE: secretFile(lab.dir, 'pin-now', OTHER_PIN) } };
  const signedIn = await run(driver, ['sign-in', ALICE], right);
  expect([signedIn.code, card.state().pin.left], signedIn.stderr).toEqual([0, 3]);
  expect((await run(driver, ['sign-out'])).code).toBe(0);
  expect((await run(driver, ['change-pin'], { env: { ...right.env, LYNCAUTH_NEW_PIN_FILE: first } })).code).toBe(0);
});

test.each(['opensc', 'ykcs11'] as const)('through %s a login and the signature work in the same session', async (driver) => {
  const { card, reader, run } = desk;
  const { serial: label } = (await run(driver, ['cards'])).json().result.readers[0].token;
  const { pin, left } = { pin: card.state().pin.value, left: card.state().pin.max };
  const step = { modulePath: reader.modules[driver], label, pin, soPin: card.managementKey };
  card.clearLog();
  const { value } = await cardStep(step, { step: 'sign-again', id: '02', text: 'once more', wrong: '862051' }, reader.env);
  const key = createPublicKey({ key: Buffer.from(value.publicKey, 'base64'), format: 'der', type: 'spki' });
  expect([value.refused, verify('sha256', Buffer.from('once more'), key, Buffer.from(value.made.ecdsa, 'base64'))]).toEqual([
    'PIN_INCORRECT',
    true,
  ]);
  // login, the wrong one, login, and that for the signature
  expect([verifications(card), card.state().pin.left]).toEqual([['9000', '63c2', '9000', '9000'], left]);
});
