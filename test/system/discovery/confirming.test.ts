/** Servers of another domain at a terminal: a person is asked once about each, before the PIN, and the answer is kept. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type NamedNetwork, PLACE, startNamedNetwork } from '../../support/named-network.js';
import type { Terminal } from '../../support/pty.js';
import { secretFile } from '../../support/secret-files.js';

const ALICE = 'alice@lab.test';
const EXTERNAL = 'lyncdiscover.lab.test';
const QUESTION = 'Does it belong to your organisation';
const PIN_QUESTION = 'PIN of card "Test card"';
const user = (origin: string) => ({
  body: { _links: { user: { href: `${origin}/Autodiscover/AutodiscoverService.svc/root/oauth/user` } } },
});

let network: NamedNetwork;
let person: Terminal;
beforeAll(async () => {
  network = await startNamedNetwork();
});
afterEach(() => person?.close());
afterAll(() => network?.close());
beforeEach(() => network.begin({ [EXTERNAL]: PLACE.front }, { [`https://${EXTERNAL}`]: user('https://pool.hosted.test') }));

const open = (...args: string[]) => {
  person = network.open(['sign-in', ALICE, ...args]);
  return person;
};

test('who says yes is signed in, and is not asked the next time', async () => {
  open();
  await person.waitFor(`is at pool.hosted.test, which is not in lab.test. ${QUESTION}`);
  person.write('y\r');
  await person.waitFor(`pool.hosted.test is remembered as trusted for ${ALICE}`);
  await person.waitFor(`is at sts.hosted.test, which is not in lab.test. ${QUESTION}`);
  person.write('y\r');
  await person.waitFor(PIN_QUESTION);
  person.write(`${network.lab.token.pin}\r`);
  await person.waitFor(`signed in as Alice Example (${ALICE}) at https://pool.hosted.test`);
  expect(await person.exit()).toEqual({ code: 0, signal: null });
  expect(network.memory().trustedDomains(ALICE)).toEqual(['pool.hosted.test', 'sts.hosted.test']);
  await person.close();

  open();
  await person.waitFor(PIN_QUESTION);
  person.write(`${network.lab.token.pin}\r`);
  await person.waitFor('signed in as');
  expect(await person.exit()).toEqual({ code: 0, signal: null });
  expect(person.screen()).not.toContain(QUESTION);
  const unattended = await network.run(['sign-in', '--json', '--no-input', ALICE]);
  expect(unattended.json()).toMatchObject({ ok: true, result: { server: 'https://pool.hosted.test' } });
});

// A second question would never be answered.
test.each([
  ['no', 'n\r'],
  ['nothing', '\r'],
])('who answers %s about a pool has sent nothing, and gave no PIN', async (_, answer) => {
  network.begin({ [EXTERNAL]: PLACE.front }, { [`http://${EXTERNAL}`]: user('https://pool.evil-lab.test') });
  open();
  await person.waitFor(QUESTION);
  person.write(answer);
  await person.waitFor('error: the sign-in service of the pool is at pool.evil-lab.test');
  expect(await person.exit()).toEqual({ code: 9, signal: null });
  expect(network.received(PLACE.wrong)).toEqual([]);
  expectNoCard();
});

test('who answers no about an AD FS gave no PIN, and nobody there heard of it', async () => {
  network.begin({ [EXTERNAL]: PLACE.pool }, {}, ['foreign-sts']);
  open();
  await person.waitFor(/is at sts\.elsewhere\.invalid/);
  await person.waitFor(QUESTION);
  person.write('n\r');
  await person.waitFor('error: ');
  expect(await person.exit()).toEqual({ code: 9, signal: null });
  expect(network.received(PLACE.wrong)).toEqual([]);
  expectNoCard();
});

test('with --no-input nobody is asked', async () => {
  open('--no-input', '--pin-file', secretFile(network.lab.dir, 'wrong-pin', '000111'));
  await person.waitFor('--trust-domain pool.hosted.test');
  expect(await person.exit()).toEqual({ code: 9, signal: null });
  expect(person.screen()).not.toContain(QUESTION);
  expectNoCard();
});

function expectNoCard(): void {
  expect(person.screen()).not.toContain(PIN_QUESTION);
  expect([...network.lab.card.calls('C_Login'), ...network.lab.card.calls('C_Sign')]).toEqual([]);
  expect(network.memory().trustedDomains(ALICE)).toEqual([]);
}
