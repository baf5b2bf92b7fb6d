import { expect, test } from 'vitest';
import type { DriverFacts } from '../../../src/doctor/facts.js';
import { probeDriver } from '../../../src/doctor/probe-driver.js';
import type { Blocking } from '../../../src/pkcs11/calls.js';
import { markForChange } from '../../../src/pkcs11/first-use.js';
import { generateKeyPair } from '../../../src/pkcs11/keys.js';
import { openCard, openFaultyCard } from '../../support/card.js';
import { addCertificates } from '../../support/raw-card.js';

/** What is seen, and the calls that were made for it. */
async function look(path: string, choice = {}, blocking: Blocking = (call) => call()): Promise<{ facts: DriverFacts; calls: string[] }> {
  const calls: string[] = [];
  let facts: DriverFacts | undefined;
  const see = async (seen: DriverFacts) => {
    facts = seen;
  };
  await probeDriver(path, choice, { look: see, calling: (call) => calls.push(call), blocking });
  if (facts === undefined) throw new Error('nothing was seen');
  return { facts: JSON.parse(JSON.stringify(facts)), calls };
}

test('keys, certificates and the mark of a first change are seen without a login', async () => {
  const { token, module, openLoggedIn } = openCard();
  const session = openLoggedIn();
  markForChange(session, new Date());
  await generateKeyPair(session, { type: 'p256', id: Buffer.from([1]), label: 'Kim' });
  module.close();
  addCertificates(token, [{ id: '02', label: 'Sam', value: Buffer.from('any bytes') }]);
  const { facts, calls } = await look(token.modulePath);
  expect(facts.profile).toMatchObject({ id: 'softhsm', kind: 'software' });
  expect(facts.readers.find(({ card }) => card?.label === token.label)?.card).toMatchObject({
    ...{ pin: { state: 'must-change' }, unblock: 'so-initpin' },
    keys: [{ id: '01', label: 'Kim', type: 'p256', publicKey: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/) }],
    certificates: [{ keyId: '02', label: 'Sam', der: Buffer.from('any bytes').toString('base64') }],
  });
  expect(calls).toEqual(expect.arrayContaining(['C_Initialize', 'C_GetSlotList', 'C_OpenSession', 'C_Finalize']));
  expect(calls).not.toContain('C_Login');
});

test('of a card that was asked for no other is opened, and one that is not there is told', async () => {
  const { token, module, fault } = await openFaultyCard();
  token.add({ label: 'Second card' });
  module.close();
  fault.clearLog();
  const { facts } = await look(module.path, { card: 'Second card' });
  expect(facts.readers.map(({ card }) => card?.label)).toEqual(['Second card']);
  expect(fault.calls('C_OpenSession')).toHaveLength(1);
  expect((await look(module.path, { card: 'Third card' })).facts).toMatchObject({ readers: [], notFound: { code: 'CARD_NOT_FOUND' } });
});

test('while a call of the driver blocks, no listener keeps an interrupt from ending the process', async () => {
  const { module } = openCard();
  module.close();
  let running = 0;
  let outside = 0;
  const blocking: Blocking = (call) => {
    running += 1;
    try {
      return call();
    } finally {
      running -= 1;
    }
  };
  const see = async () => {};
  const calling = (call: string) => {
    if (call.startsWith('C_') && running === 0) outside += 1;
  };
  await probeDriver(module.path, {}, { look: see, calling, blocking });
  expect([outside, running]).toEqual([0, 0]);
});
