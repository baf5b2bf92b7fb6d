import { expect, test } from 'vitest';
import { pcsc, readers } from '../../../src/doctor/check-readers.js';
import type { Facts, ProbedDriver, ReaderFacts } from '../../../src/doctor/facts.js';
import { driver, facts, shown } from './well.js';

const SOCKET = '/run/pcscd/pcscd.comm';
const SOFTHSM = { id: 'softhsm', name: 'SoftHSM', kind: 'software' } as const;
const UNKNOWN = { id: 'generic', name: 'PKCS#11', kind: 'physical', proxy: true } as const;
const blind = (changes: Partial<ProbedDriver> = {}) => driver({ facts: shown({ readers: [] }), ...changes });
const without = (state: Facts['pcsc']['state'], drivers: ProbedDriver[]) => facts({ pcsc: { state, socket: SOCKET }, drivers });
const withReaders = (...list: ReaderFacts[]) => driver({ facts: shown({ readers: list }) });

test.each([
  ['missing', 'pcscd is not installed', 'sudo apt install pcscd'],
  ['stopped', `pcscd does not run (nobody answers at ${SOCKET})`, 'sudo systemctl enable --now pcscd.socket'],
  ['forbidden', `pcscd does not let you connect to ${SOCKET}`, expect.stringContaining('ask the administrator')],
] as const)('a service that is %s fails where the driver in use shows no reader', (state, detail, fix) => {
  expect(pcsc.run(without(state, [blind()]))).toMatchObject([{ status: 'fail', detail, fix }]);
});

test('where systemd does not run services, the service is started by hand', () => {
  expect(pcsc.run({ ...without('stopped', [blind()]), systemd: false })).toMatchObject([{ fix: 'sudo pcscd' }]);
});

test('where a variable leads drivers to another socket, that is what to look at', () => {
  const pcscFacts = { state: 'stopped', socket: '/elsewhere' } as const;
  expect(pcsc.run(facts({ pcsc: pcscFacts, drivers: [blind()] }))).toMatchObject([
    { detail: 'pcscd does not run (nobody answers at /elsewhere)', fix: expect.stringContaining('unset PCSCLITE_CSOCK_NAME') },
  ]);
});

test.each([
  ['a driver of software', [blind({ profile: SOFTHSM })]],
  ['a driver that shows readers all the same', [driver()]],
  ['a driver of cards beside the one in use', [driver({ profile: SOFTHSM }), blind({ used: false })]],
  ['no driver', []],
])('with %s no service is needed', (_what, drivers) => {
  expect(pcsc.run(without('missing', drivers))).toMatchObject([{ status: 'ok' }]);
});

test('a driver that nobody knows may do without it: a warning', () => {
  expect(pcsc.run(without('stopped', [blind({ profile: UNKNOWN })]))).toMatchObject([{ status: 'warn' }]);
});

test('on systems that have their own it is well', () => {
  expect(pcsc.run(without('system', [blind()]))).toEqual([{ status: 'ok', detail: 'part of the operating system' }]);
});

test('no reader is a warning, unless the service that would show it is away', () => {
  expect(readers.run(facts({ drivers: [blind()] }))).toMatchObject([{ status: 'warn', detail: 'no reader is connected' }]);
  expect(readers.run(without('stopped', [blind()]))).toEqual([]);
});

test('a card that no driver knows is a warning, once for its reader', () => {
  const unknown = withReaders({ name: 'Reader 1', present: true });
  const other = { ...unknown, path: '/lib/other.so', used: false };
  expect(readers.run(facts({ drivers: [unknown, other] }))).toMatchObject([
    { status: 'warn', about: 'reader Reader 1', detail: 'no driver here knows the card in it' },
  ]);
});

test('a card that another driver knows is known, and an empty reader is nothing to tell', () => {
  const drivers = [withReaders({ name: 'Reader 1', present: true }, { name: 'Reader 2', present: false }), driver({ used: false })];
  expect(readers.run(facts({ drivers }))).toEqual([]);
});

test('a card that cannot be read fails by the driver in use, and is a warning by another', () => {
  const trouble = { code: 'CARD_FAILED', message: 'CKR_DEVICE_ERROR' } as const;
  const broken = withReaders({ name: 'Reader 1', present: true, trouble });
  const fix = 'take the card out and put it back';
  expect(readers.run(facts({ drivers: [broken] }))).toMatchObject([{ status: 'fail', fix }]);
  expect(readers.run(facts({ drivers: [driver(), { ...broken, used: false }] }))).toMatchObject([{ status: 'warn', fix }]);
});
