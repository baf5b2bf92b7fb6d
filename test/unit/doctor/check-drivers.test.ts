import { expect, test } from 'vitest';
import { drivers } from '../../../src/doctor/check-drivers.js';
import type { Facts } from '../../../src/doctor/facts.js';
import { driver, facts, shown } from './well.js';

const NONE = { code: 'MODULE_NOT_FOUND', message: 'no PKCS#11 module was found; looked at /lib/a.so' } as const;
const PATH = '/lib/opensc-pkcs11.so';
const judge = (changes: Parameters<typeof driver>[0]) => drivers.run(facts({ drivers: [driver(changes)] }));

test('a driver that shows its cards is well', () => {
  expect(judge({})).toEqual([{ status: 'ok', about: 'OpenSC', module: PATH, detail: `${PATH}: card "Kim"` }]);
  expect(judge({ facts: shown({ readers: [{ name: 'Reader 1', present: false }] }) })).toMatchObject([
    { status: 'ok', detail: `${PATH}: no card that is set up in Reader 1` },
  ]);
});

test.each<[Partial<Facts>, string]>([
  [{}, "sudo apt install opensc (for many cards), or install the driver that the card's manufacturer offers"],
  [{ wantedDriver: 'softhsm' }, 'sudo apt install softhsm2'],
  [{ wantedDriver: 'safenet' }, "install the driver that the card's manufacturer offers"],
  [{ osRelease: 'ID=unheard-of\n' }, "install the driver that the card's manufacturer offers"],
])('without a driver it is said what to install: %o', (changes, fix) => {
  const found = drivers.run(facts({ drivers: [], noDriver: NONE, ...changes }));
  expect(found).toMatchObject([{ status: 'fail', detail: 'no PKCS#11 module was found', fix }]);
});

test.each([
  [{ how: 'crashed', signal: 'SIGSEGV', call: 'C_GetSlotList' }, 'crashes in C_GetSlotList (SIGSEGV)'],
  [{ how: 'crashed', signal: 'SIGABRT' }, 'crashes (SIGABRT)'],
  [{ how: 'hung', seconds: 1, call: 'C_Initialize' }, 'hangs in C_Initialize: no answer within 1 second'],
  [{ how: 'quit', exitCode: 7, call: 'C_Login' }, 'ends the whole process in C_Login (exit code 7)'],
  [{ how: 'quit', exitCode: 1 }, 'was not looked at: the process for it ended with exit code 1'],
] as const)('a driver whose process ends by %o fails where it is used, and is a warning elsewhere', (end, says) => {
  const detail = `${PATH} ${says}`;
  expect(judge({ facts: undefined, end })).toMatchObject([{ status: 'fail', detail }]);
  expect(judge({ facts: undefined, end, used: false })).toMatchObject([{ status: 'warn', detail }]);
});

test('what a driver printed last is told when it ended badly, and cut', () => {
  const end = { how: 'crashed', signal: 'SIGABRT' } as const;
  const [finding] = judge({ facts: undefined, end, output: `first\nassertion failed ${'!'.repeat(300)}\n` });
  expect(finding?.detail).toMatch(/^\S+ crashes \(SIGABRT\); it printed: assertion failed !{183}$/);
});

test('a driver that ends badly when it has shown its cards is a warning', () => {
  expect(judge({ end: { how: 'hung', seconds: 10, call: 'C_Finalize' } })).toMatchObject([{ status: 'warn' }]);
});

test('a driver that refuses to start tells its own hint', () => {
  const trouble = { code: 'DRIVER_FAILED', message: 'starting the driver failed', hint: 'check the store' } as const;
  const refused = { facts: undefined, trouble };
  expect(judge(refused)).toMatchObject([{ status: 'fail', detail: 'starting the driver failed', fix: 'check the store' }]);
  expect(judge({ ...refused, used: false })).toMatchObject([{ status: 'warn', fix: 'check the store' }]);
});

test('a driver that was not looked at for want of an addon is not blamed', () => {
  expect(judge({ facts: undefined, trouble: { code: 'ADDON_MISSING', message: 'pkcs11js is not built' } })).toEqual([]);
});
