/** A PIV card whose certificate is in slot 9c, the key of which wants the PIN before every signature: through both of its drivers. */
import { expect, test } from 'vitest';
import { openBench } from '../../support/card-contract/bench.js';
import { certifyAlice } from '../../support/card-contract/certify.js';
import { pivByYkcs11 } from '../../support/card-contract/piv-stacks.js';
import { shared } from '../../support/shared.js';

const ALICE = 'alice@lab.test';
const SIGNATURE = '02';

const bench = shared(
  async () => {
    const opened = await openBench(pivByYkcs11);
    const { value } = await opened.step({ step: 'generate', type: 'p256', id: SIGNATURE });
    await opened.step({ step: 'install', id: SIGNATURE, der: certifyAlice(opened.lab, value) });
    return opened;
  },
  (opened) => opened.stop(),
);

test.each([
  ['ykcs11', []],
  // OpenSC calls the card by its holder's name
  ['opensc', ['--card', 'Alice Example']],
])('it signs in through %s by every method of cards, and no try of the PIN is spent', async (driver, card) => {
  for (const method of ['passive', 'certificate']) {
    const signedIn = await bench.run(['sign-in', ALICE, '--driver', driver, ...card, '--method', method]);
    expect(signedIn.json().result, signedIn.stderr).toMatchObject({ signedIn: true, address: ALICE, method });
    expect((await bench.run(['sign-out'])).code).toBe(0);
  }
  const [{ token }] = (await bench.run(['cards', '--driver', driver, ...card])).json().result.readers;
  expect(token).toMatchObject({ driver, kind: 'physical', pin: { state: 'ok' } });
});
