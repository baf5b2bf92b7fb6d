/** Two PIV cards of one user in two readers: the one that was chosen is used and the other one is left alone; without a choice, both are. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startPivLab } from '../../support/piv-lab.js';
import { shared } from '../../support/shared.js';

const ALICE = 'alice@lab.test';
const READERS = ['Yubico YubiKey OTP+FIDO+CCID 00 00', 'Yubico YubiKey OTP+FIDO+CCID 00 01'];

const piv = shared(
  () => startPivLab({ '9a': 'rsa2048' }, { '9a': 'p256' }),
  (started) => started.stop(),
);
beforeEach(() => {
  for (const card of piv.cards) card.clearLog();
});

interface Listed {
  name: string;
  token: { label: string; serial: string; certificates: { sha256: string }[] };
}

/** How often each card was given the PIN, and has signed. */
function uses(): { pins: number; signed: boolean }[] {
  return piv.cards.map((card) => ({
    pins: card.log().filter(({ name }) => name === 'verify').length,
    signed: card.log().some(({ name, status }) => name === 'generalAuthenticate' && status === '9000'),
  }));
}

const USED = { pins: 1, signed: true };
const CHECKED = { pins: 1, signed: false };
const UNUSED = { pins: 0, signed: false };

describe.each(['opensc', 'ykcs11'] as const)('through %s', (driver) => {
  let cards: Listed[];
  beforeAll(async () => {
    cards = (await piv.run(driver, ['cards'])).json().result.readers;
  });

  /** Flags that choose the card in this slot. */
  function choice(slot: number, by: 'serial' | 'reader' | 'uri'): string[] {
    const { name, token } = cards[slot] as Listed;
    return { serial: ['--card', token.serial], reader: ['--reader', name], uri: ['--card', `pkcs11:serial=${token.serial}`] }[by];
  }

  test('each is listed with its reader, a serial number and a certificate of its own', () => {
    expect(cards.map(({ name }) => name)).toEqual(READERS);
    expect(new Set(cards.map(({ token }) => token.serial)).size).toBe(2);
    expect(new Set(cards.map(({ token }) => token.certificates[0]?.sha256)).size).toBe(2);
  });

  test.each([
    [0, 'uri'],
    [0, 'reader'],
    [1, 'serial'],
  ] as const)('the card in slot %i, chosen by its %s: its PIN is checked, and the other card sees none', async (slot, by) => {
    const run = await piv.run(driver, ['change-pin', '--check', ...choice(slot, by)]);
    expect([run.code, run.json().result?.token.serial], run.stderr).toEqual([0, cards[slot]?.token.serial]);
    expect(uses()).toEqual(slot === 0 ? [CHECKED, UNUSED] : [UNUSED, CHECKED]);
  });

  test.each([
    [0, 'serial'],
    [1, 'reader'],
  ] as const)('sign-in with the card in slot %i, chosen by its %s', async (slot, by) => {
    const run = await piv.run(driver, ['sign-in', ALICE, ...choice(slot, by)]);
    expect([run.code, run.json().result?.certificate?.sha256], run.stderr).toEqual([0, cards[slot]?.token.certificates[0]?.sha256]);
    expect(uses()).toEqual(slot === 0 ? [USED, UNUSED] : [UNUSED, USED]);
  });

  test.each([
    ['sign-in', [ALICE]],
    ['change-pin', ['--check']],
  ] as const)('%s without a choice ends with 2 and names both; neither is given a PIN', async (command, args) => {
    const run = await piv.run(driver, [command, ...args]);
    expect([run.code, run.json().error]).toMatchObject([
      2,
      {
        code: 'CARD_AMBIGUOUS',
        hint: 'choose one by its serial with --card',
        details: { candidates: cards.map(({ name, token: { label, serial } }) => ({ label, serial, reader: name })) },
      },
    ]);
    expect(uses()).toEqual([UNUSED, UNUSED]);
  });

  test('when one is pulled out, the other one needs no choice, and the one that is out is not found', async () => {
    await piv.card.pullOut();
    const run = await piv.run(driver, ['change-pin', '--check']);
    const missing = await piv.run(driver, ['change-pin', '--check', ...choice(0, 'serial')]);
    await piv.card.putBack();
    expect([run.code, run.json().result?.token.serial], run.stderr).toEqual([0, cards[1]?.token.serial]);
    expect([missing.code, missing.json().error?.code]).toEqual([3, 'CARD_NOT_FOUND']);
    expect(uses()).toEqual([UNUSED, CHECKED]);
  });
});

test('enroll puts key and certificate on the card that was chosen, and leaves the other one as it was', async () => {
  const [first, second] = piv.cards.map((card) => card.state());
  const choice = ['--card', String(second?.serial)];
  const run = await piv.run('ykcs11', ['enroll', '--yes', '--replace', '--key-type', 'p256', ...choice]);
  expect([run.code, run.json().result?.token.serial], run.stderr).toEqual([0, String(second?.serial)]);
  expect(piv.cards[0]?.state()).toEqual(first);
  expect(piv.cards[1]?.state().keys['9a']).not.toEqual(second?.keys['9a']);
  expect(piv.card.log().filter(({ name }) => name === 'verify' || name === 'proveManagementKey')).toEqual([]);
});
