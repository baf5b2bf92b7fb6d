/** The PIV card stops answering in the middle of a command: --timeout ends the command, and when the card goes on, so does everything else. */
import { afterEach, expect, test } from 'vitest';
import { type PivDriver, startPivLab } from '../../support/piv-lab.js';
import { shared } from '../../support/shared.js';

const ALICE = 'alice@lab.test';
/** The class byte of a part that others follow. */
const CHAINED = '10';

const piv = shared(
  () => startPivLab({ '9a': 'rsa2048', '9c': 'p256' }),
  (started) => started.stop(),
);
afterEach(async () => {
  await piv.card.thaw();
  await piv.card.plan();
});

/** Runs the command while the card freezes at its next command of this kind, and expects that the driver's call was given up. */
async function expectTimeout(
  driver: PivDriver,
  args: string[],
  at: 'verify' | 'generalAuthenticate' | 'getData',
  call: string,
  seconds: number,
) {
  piv.card.clearLog();
  await piv.card.plan({ at, what: 'freeze' });
  const run = await piv.run(driver, [...args, '--timeout', String(seconds)]);
  expect(run.json()).toEqual({
    ok: false,
    command: args[0],
    error: {
      code: 'DRIVER_TIMEOUT',
      message: `the driver did not return from ${call} within ${seconds} seconds`,
      hint: 'take the card out and put it back, or allow more time with --timeout SECONDS',
      details: { call, seconds },
    },
  });
  expect([run.code, run.signal]).toEqual([3, null]);
  // of one in parts the card had all but the last
  expect(piv.card.log().filter(({ name, command }) => name === at && !command.startsWith(CHAINED))).toEqual([]);
}

test.each([
  ['opensc', 'login', '01', 'verify', 'C_Login', 5],
  ['opensc', 'signing', '01', 'generalAuthenticate', 'C_Sign', 5],
  ['opensc', 'signing with the PIN each time', '02', 'generalAuthenticate', 'C_Sign', 2],
  ['ykcs11', 'login', '02', 'verify', 'C_Login', 2],
  ['ykcs11', 'signing', '01', 'generalAuthenticate', 'C_Sign', 2],
] as const)(
  'through %s, frozen during %s with key %s: sign-in ends; thawed, it signs in',
  async (driver, _when, key, at, call, seconds) => {
    const created = () => piv.lab.log().filter(({ event }) => event === 'created').length;
    const before = created();
    const signIn = ['sign-in', ALICE, '--key-id', key];
    await expectTimeout(driver, signIn, at, call, seconds);

    await piv.card.thaw();
    const again = await piv.run(driver, signIn);
    expect([again.code, again.json().result?.signedIn], again.stderr).toEqual([0, true]);
    expect([created() - before, piv.card.state().pin.left]).toEqual([1, 3]);
  },
);

test.each([
  ['opensc', 'C_Initialize'],
  ['ykcs11', 'C_OpenSession'],
] as const)('through %s, frozen when it is looked at: cards ends, and doctor says where the driver hangs', async (driver, call) => {
  await expectTimeout(driver, ['cards'], 'getData', call, 2);
  await piv.card.thaw();
  await piv.card.plan({ at: 'getData', what: 'freeze' });
  const doctor = await piv.run(driver, ['doctor', '--timeout', '2']);
  const hangs = { id: 'drivers', status: 'fail', detail: `${piv.reader.modules[driver]} hangs in ${call}: no answer within 2 seconds` };
  expect([doctor.code, doctor.json().result.checks]).toEqual([1, expect.arrayContaining([expect.objectContaining(hangs)])]);
  await piv.card.thaw();
  expect((await piv.run(driver, ['cards'])).code).toBe(0);
});
