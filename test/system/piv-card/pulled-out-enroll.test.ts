/** The PIV card is pulled out of an enrollment, or stops answering: put back, the same command leaves one key, one certificate and one request at the CA. */
import { expect, test } from 'vitest';
import type { Event } from '../../fixtures/piv-card/card-process.js';
import type { CliResult } from '../../support/cli.js';
import { ALICE, asked, CERTIFICATE_OF, enrollPiv, expectIssued } from '../../support/piv-enroll.js';
import { startPivLab } from '../../support/piv-lab.js';
import { shared } from '../../support/shared.js';

const P256 = ['--key-type', 'p256'];
const REPLACE = [...P256, '--replace'];

const piv = shared(
  () => startPivLab({}),
  (started) => started.stop(),
);

const step = () => piv.lab.journal()[0]?.step;
const keys = () => Object.keys(piv.card.state().keys);
const certificates = () => Object.values(CERTIFICATE_OF).filter((tag) => tag in piv.card.state().objects);
const created = () => piv.lab.log().filter(({ event }) => event === 'created').length;

/** Runs `work` while the card leaves at a command, expects that this is said, and puts it back. */
async function pulledOut(event: Pick<Event, 'at'> & Partial<Event>, during: string, work: () => Promise<CliResult>): Promise<void> {
  await piv.card.plan({ ...event, what: 'leave' });
  const run = await work();
  const { code, message, hint } = run.json().error;
  expect([run.code, run.signal], run.stdout).toEqual([3, null]);
  expect([code, hint]).toEqual(['CARD_REMOVED', 'insert the card again and run the command again']);
  expect(message).toMatch(new RegExp(`^${during} failed: the card was removed \\(CKR_[A-Z_]+\\)$`));
  await piv.card.putBack();
}

test('out during key generation, during installation, and during the handshake of sign-in: one key, one certificate, one session', async () => {
  await pulledOut({ at: 'generateKeyPair' }, 'key generation', () => enrollPiv(piv, P256));
  expect([step(), keys(), certificates(), piv.lab.submissions()]).toEqual(['making-key', [], [], 0]);

  // ykcs11 writes a certificate of its own with the key
  await pulledOut({ at: 'putData', after: 1 }, 'certificate installation', () => enrollPiv(piv, P256));
  expect([step(), keys(), piv.lab.submissions()]).toEqual(['issued', ['9a'], 1]);
  const key = piv.card.state().keys['9a'];

  expectIssued(piv, await enrollPiv(piv, P256), '9a');
  expect([piv.card.state().keys, certificates(), piv.lab.submissions()]).toEqual([{ '9a': key }, [CERTIFICATE_OF['9a']], 1]);

  const signIn = () => piv.run('ykcs11', ['sign-in', ALICE]);
  await pulledOut({ at: 'generalAuthenticate' }, 'signing', signIn);
  expect([created(), (await piv.run('ykcs11', ['status'])).code]).toEqual([0, 4]);
  const signedIn = await signIn();
  expect([signedIn.code, signedIn.json().result?.signedIn, created()], signedIn.stderr).toEqual([0, true, 1]);
  expect(piv.card.state().pin.left).toBe(3);
});

test.each([
  ['key generation, the key being made', { at: 'generateKeyPair', done: true }, 'key generation', 'making-key'],
  ['key generation, the certificate of the driver not being written', { at: 'putData' }, 'key generation', 'making-key'],
  ['the signature of the request', { at: 'generalAuthenticate' }, 'signing', 'key-made'],
  ['the proof that the certificate fits', { at: 'generalAuthenticate', after: 1 }, 'signing', 'issued'],
  ['installation, the certificate being written', { at: 'putData', after: 1, done: true }, 'certificate installation', 'issued'],
] as const)('out during %s: the same command goes on with that key', async (_when, event, during, stopped) => {
  const before = piv.lab.submissions();
  piv.card.clearLog();
  await pulledOut(event, during, () => enrollPiv(piv, REPLACE));
  expect(step()).toBe(stopped);
  expectIssued(piv, await enrollPiv(piv, REPLACE), '9a');
  expect([asked(piv, 'generateKeyPair'), keys(), piv.lab.submissions() - before]).toEqual([1, ['9a'], 1]);
});

test('out during the login of the security officer, time and again: no wrong PIN is counted, and the next run enrolls', async () => {
  for (const after of [0, 1, 1]) {
    const event = { at: 'proveManagementKey', after } as const;
    await pulledOut(event, 'login of the security officer', () => enrollPiv(piv, REPLACE));
    expect(piv.lab.journal()).toEqual([]);
  }
  expectIssued(piv, await enrollPiv(piv, REPLACE), '9a');
});

test.each([
  ['the login', 'verify', 0, 'C_Login', 'planned'],
  ['key generation', 'generateKeyPair', 0, 'C_GenerateKeyPair', 'making-key'],
  ['the signature of the request', 'generalAuthenticate', 0, 'C_Sign', 'key-made'],
  ['installation', 'putData', 1, 'C_CreateObject', 'issued'],
] as const)('frozen during %s: --timeout ends the run; thawed, the same command finishes it', async (_when, at, after, call, stopped) => {
  const before = piv.lab.submissions();
  piv.card.clearLog();
  await piv.card.plan({ at, after, what: 'freeze' });
  const run = await enrollPiv(piv, [...REPLACE, '--timeout', '2']);
  expect([run.code, run.json().error]).toMatchObject([3, { code: 'DRIVER_TIMEOUT', details: { call, seconds: 2 } }]);
  expect(step()).toBe(stopped);
  await piv.card.thaw();
  expectIssued(piv, await enrollPiv(piv, REPLACE), '9a');
  expect([asked(piv, 'generateKeyPair'), keys(), piv.lab.submissions() - before]).toEqual([1, ['9a'], 1]);
});
