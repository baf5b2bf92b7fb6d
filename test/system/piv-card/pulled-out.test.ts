/** The PIV card is pulled out while the program works with it: that is said, and put back, the same command does what it should have done. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { CliResult } from '../../support/cli.js';
import { type PivDriver, startPivLab } from '../../support/piv-lab.js';
import { secretFile } from '../../support/secret-files.js';
import { shared } from '../../support/shared.js';

const ALICE = 'alice@lab.test';
const NEXT_PIN = '60718293';
/** What a driver answers when the card is gone. */
const CKR = { opensc: 'CKR_GENERAL_ERROR', ykcs11: 'CKR_DEVICE_ERROR' } as const satisfies Record<PivDriver, string>;
const AUTHENTICATION = ['--key-id', '01'];
const SIGNATURE = ['--key-id', '02'];

const piv = shared(
  () => startPivLab({ '9a': 'rsa2048', '9c': 'p256' }),
  (started) => started.stop(),
);

let seen = 0;
/** How many applications were made at the pool since this was called last. */
function created(): number {
  const entries = piv.lab.log().slice(seen);
  seen += entries.length;
  return entries.filter(({ event }) => event === 'created').length;
}

/** The session on this computer. */
function stored(): { application: string } | undefined {
  const path = join(piv.lab.dir, 'config/sign-in/session.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

function expectRemoved(run: CliResult, command: string, driver: PivDriver, during: string): void {
  const { code, message, hint, details } = run.json().error;
  expect([run.code, run.signal, run.json().command], run.stderr).toEqual([3, null, command]);
  expect({ code, message, hint, ckr: details.ckr }).toEqual({
    ...{ code: 'CARD_REMOVED', message: `${during} failed: the card was removed (${CKR[driver]})` },
    ...{ hint: 'insert the card again and run the command again', ckr: CKR[driver] },
  });
}

/** What was done with PIN and keys, as the card has it. */
const done = () => piv.card.log().flatMap(({ name, status }) => (/^(verify|generalAuth)/.test(name) ? [`${name} ${status}`] : []));

test.each([
  ['opensc', 'the TLS handshake', '9a', AUTHENTICATION, { at: 'generalAuthenticate' }, 'signing'],
  ['opensc', 'the PIN for the signature', '9c', SIGNATURE, { at: 'verify', after: 1 }, 'login for a signature'],
  ['opensc', 'the TLS handshake', '9c', SIGNATURE, { at: 'generalAuthenticate' }, 'signing'],
  ['ykcs11', 'the login', '9a', AUTHENTICATION, { at: 'verify' }, 'login'],
  ['ykcs11', 'the TLS handshake', '9a', AUTHENTICATION, { at: 'generalAuthenticate' }, 'signing'],
  ['ykcs11', 'the TLS handshake', '9c', SIGNATURE, { at: 'generalAuthenticate' }, 'signing'],
] as const)(
  'sign-in through %s, out during %s with the key in %s; put back, one session',
  async (driver, _when, _slot, key, event, during) => {
    const signIn = () => piv.run(driver, ['sign-in', ALICE, ...key]);
    const before = stored();
    piv.card.clearLog();
    await piv.card.plan({ ...event, what: 'leave' });
    expectRemoved(await signIn(), 'sign-in', driver, during);
    expect(done().at(-1)).toBe(`${event.at} `);
    expect(piv.card.state().pin.left).toBe(3);
    expect([created(), stored()]).toEqual([0, before]);

    await piv.card.putBack();
    const again = await signIn();
    expect([again.code, again.json().result?.signedIn], again.stderr).toEqual([0, true]);
    expect([created(), stored()?.application, piv.card.state().pin.left]).toEqual([1, again.json().result.application, 3]);
  },
);

test.each(['opensc', 'ykcs11'] as const)(
  'change-pin through %s, out while the card changes it: nobody knows which holds, and the old one does',
  async (driver) => {
    const before = piv.card.state();
    const next = secretFile(piv.lab.dir, 'next-pin', NEXT_PIN);
    await piv.card.plan({ at: 'changeReferenceData', what: 'leave' });
    const run = await piv.run(driver, ['change-pin', '--new-pin-file', next]);
    expect([run.code, run.signal, run.json().error], run.stderr).toMatchObject([
      1,
      null,
      { code: 'PIN_CHANGE_UNKNOWN', hint: 'try the new PIN before the old one', details: { ckr: CKR[driver] } },
    ]);
    await piv.card.putBack();
    expect((await piv.run(driver, ['change-pin', '--check'])).code).toBe(0);
    expect(piv.card.state()).toEqual(before);
  },
);
