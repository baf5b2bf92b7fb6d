import { expect, test } from 'vitest';
import { cards, pin } from '../../../src/doctor/check-cards.js';
import type { CardFacts } from '../../../src/doctor/facts.js';
import { card, driver, driverWith, facts, shown } from './well.js';

const judgePin = (changes: Partial<CardFacts>, wrongPins = {}) => pin.run(facts({ drivers: [driverWith(changes)], wrongPins }));
const state = (name: CardFacts['pin']['state']): Pick<CardFacts, 'pin'> => ({ pin: { state: name, min: 4, max: 8 } });

test.each([
  ['ok', 'ok', undefined],
  ['unknown', 'ok', undefined],
  ['low', 'warn', 'be sure of the PIN, then: lyncauth change-pin --check --card 0a1b'],
  ['final', 'warn', 'be sure of the PIN, then: lyncauth change-pin --check --card 0a1b'],
  ['must-change', 'warn', 'lyncauth change-pin --card 0a1b'],
  ['locked', 'fail', 'lyncauth unblock-pin --card 0a1b'],
  ['unset', 'fail', 'ask the people who issued the card'],
] as const)('the PIN state %s is %s', (name, status, fix) => {
  const [finding, ...more] = judgePin(state(name));
  expect([finding?.status, finding?.about, finding?.fix, more]).toEqual([status, 'card "Kim"', fix, []]);
});

test.each<[Partial<CardFacts>, string]>([
  [{ unblock: 'none' }, 'ask the people who issued the card to unblock it'],
  [{ unblock: 'none', driver: 'generic' }, 'lyncauth unblock-pin --card 0a1b'],
  [{ unblock: 'so-initpin', soPin: 'locked' }, 'ask the people who issued the card to unblock it'],
  [{ unblock: 'so-initpin' }, 'lyncauth unblock-pin --card 0a1b'],
])('a blocked PIN is mended by what can mend it: %o', (changes, fix) => {
  expect(judgePin({ ...state('locked'), ...changes })).toMatchObject([{ status: 'fail', fix }]);
});

test('wrong PINs of unattended runs are a warning of their own', () => {
  const [, finding] = judgePin({}, { '0a1b': 3 });
  expect(finding).toMatchObject({ status: 'warn', detail: '3 unattended runs in a row had a PIN that the card refused' });
  expect(judgePin({}, { ff: 3 })).toHaveLength(1);
});

test('a card that two drivers show is judged once, as the driver in use shows it', () => {
  const other = { ...driverWith(state('low')), path: '/lib/other.so', used: false };
  expect(pin.run(facts({ drivers: [driver(), other] }))).toMatchObject([{ status: 'ok', module: '/lib/opensc-pkcs11.so' }]);
  expect(cards.run(facts({ drivers: [driver(), other] }))).toEqual([]);
});

test('a card that only another driver shows is a warning that says how to use that driver', () => {
  const drivers = [driver({ facts: shown({ readers: [] }) }), driver({ path: '/lib/my other.so', used: false })];
  expect(cards.run(facts({ drivers }))).toMatchObject([
    { status: 'warn', about: 'card "Kim"', fix: "lyncauth config set module '/lib/my other.so'" },
  ]);
  expect(pin.run(facts({ drivers }))).toMatchObject([{ status: 'ok' }]);
});

test('the commands for a card behind another driver name that driver', () => {
  const other = { ...driverWith(state('must-change')), path: '/lib/other.so', used: false };
  expect(pin.run(facts({ drivers: [other] }))).toMatchObject([{ fix: 'lyncauth change-pin --module /lib/other.so --card 0a1b' }]);
});

test('the card that was asked for and is not there fails with what is there', () => {
  const notFound = { code: 'CARD_NOT_FOUND', message: 'no card fits "Sam"; there is "Kim"', hint: 'give --card' } as const;
  const drivers = [driver({ facts: shown({ readers: [], notFound }) })];
  expect(cards.run(facts({ drivers }))).toMatchObject([{ status: 'fail', detail: notFound.message, fix: 'give --card' }]);
});

test.each([
  ['physical', 'ask the people who issued the card'],
  ['virtual', expect.stringContaining('tpm2_ptool addtoken')],
  ['software', 'softhsm2-util --init-token --free --label NAME'],
] as const)('a blank card that is %s is a warning where there is no other', (kind, fix) => {
  const blank = { name: 'Reader 2', present: true, card: card({ initialized: false, kind }) };
  expect(cards.run(facts({ drivers: [driver({ facts: shown({ readers: [blank] }) })] }))).toMatchObject([{ status: 'warn', fix }]);
  const beside = facts({ drivers: [driver({ facts: shown({ readers: [...shown().readers, blank] }) })] });
  expect(cards.run(beside)).toHaveLength(kind === 'physical' ? 1 : 0);
});
