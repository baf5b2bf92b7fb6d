/** Commands that only look, run again and again on the PIV card: they give it no PIN, use no key and change nothing. */
import { expect, test } from 'vitest';
import { startPivLab } from '../../support/piv-lab.js';
import { scaled } from '../../support/scale.js';
import { shared } from '../../support/shared.js';

const ALICE = 'alice@lab.test';
/** Of three commands through two drivers: 200 runs. */
const ROUNDS = 34;
/** What they may ask: nothing of it costs a try or needs a PIN. */
const LOOKS = ['askPinState', 'attest', 'getData', 'getMetadata', 'getResponse', 'getSerial', 'getVersion', 'select', 'unknown'];

const piv = shared(
  () => startPivLab({ '9a': 'rsa2048', '9c': 'p256' }),
  (started) => started.stop(),
);

test.each(['opensc', 'ykcs11'] as const)(
  'cards, status and doctor through %s',
  async (driver) => {
    expect((await piv.run(driver, ['sign-in', ALICE, '--key-id', '01'])).code).toBe(0);
    const before = piv.card.state();
    piv.card.clearLog();
    for (let round = 0; round < scaled(ROUNDS); round += 1) {
      for (const command of ['cards', 'status', 'doctor']) {
        const { code, stdout, stderr } = await piv.run(driver, [command]);
        expect([command, code, stdout === ''], stderr).toEqual([command, 0, false]);
      }
    }
    const asked = new Set(piv.card.log().flatMap(({ name }) => (name.startsWith('power ') ? [] : [name])));
    expect(LOOKS).toEqual(expect.arrayContaining([...asked]));
    expect(asked.has('getData')).toBe(true);
    expect(piv.card.state()).toEqual(before);
    expect((await piv.run(driver, ['sign-out'])).code).toBe(0);
  },
  scaled(ROUNDS) * 30_000,
);
