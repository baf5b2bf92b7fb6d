/** How a card may be unblocked whose driver is known by what the card says alone, and one that wants what no reader can be typed. */
import { expect, test } from 'vitest';
import { unblockStyle } from '../../../src/card-access/unblock-style.js';
import type { Context } from '../../../src/context.js';
import { openFaultyCard } from '../../support/card.js';
import { setUpOpenSc } from '../../support/opensc-conf.js';

const NOBODY = ['manufacturer ACME', 'model ACME'];
const given = { pukFile: '/the/puk' };
const context = {} as Context;

test.each([
  ['OpenSC Project', 'opensc', 'setpin-puk'],
  ['Yubico (www.yubico.com)', 'ykcs11', 'setpin-prefixed'],
])('a PUK goes to a card of %s behind a module that nobody knows only where its PIN is blocked', async (manufacturer, id, style) => {
  const { open, fault } = await openFaultyCard({ rules: NOBODY });
  fault.rules([`manufacturer ${manufacturer}`, 'retries 3']);
  const session = open('read-write');
  expect([session.driver.id, session.driverByTraits]).toEqual([id, true]);
  await expect(unblockStyle(context, session, given)).rejects.toMatchObject({
    code: 'CARD_UNSUPPORTED',
    message: 'the PIN of card "Test card" is not blocked, and its driver may take a PUK for the PIN',
  });
  fault.state({ badTries: 3 });
  expect(await unblockStyle(context, session, given)).toBe(style);
});

test('behind ykcs11 itself it goes to the card in any case', async () => {
  const { open } = await openFaultyCard({ rules: ['manufacturer Yubico (www.yubico.com)'] });
  const session = open('read-write');
  expect([session.driverByTraits, await unblockStyle(context, session, given)]).toEqual([false, 'setpin-prefixed']);
});

test('behind OpenSC itself it goes to a card whose PIN is not blocked only where OpenSC is seen to be set up for it', async () => {
  const { open } = await openFaultyCard({ rules: ['manufacturer OpenSC Project'] });
  const session = open('read-write');
  await expect(unblockStyle(context, session, given)).rejects.toMatchObject({
    code: 'CARD_UNSUPPORTED',
    message: 'the PIN of card "Test card" is not blocked, and its driver may take a PUK for the PIN',
    hint: expect.stringMatching(/^lyncauth change-pin, .*user_pin_unblock_style = set_pin_in_unlogged_session.*OPENSC_CONF$/),
  });
  setUpOpenSc();
  expect([session.driverByTraits, await unblockStyle(context, session, given)]).toEqual([false, 'setpin-puk']);
});

test('a PUK with a prefix is refused at a PIN pad before anybody is told to enter it', async () => {
  const { open } = await openFaultyCard({ rules: ['manufacturer Yubico (www.yubico.com)', 'pinpad 98765432'] });
  await expect(unblockStyle(context, open('read-write'), given)).rejects.toMatchObject({
    code: 'CARD_UNSUPPORTED',
    message: 'the driver of this card takes no PUK from the keys of a reader',
  });
});
