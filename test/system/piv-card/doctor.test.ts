/** `lyncauth doctor`, and the commands beside it, at a real pcscd: an empty reader, a card that the driver does not know, one card through two drivers, no pcscd. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { found } from '../../support/doctor.js';
import { type PivDriver, startPivLab } from '../../support/piv-lab.js';
import { shared } from '../../support/shared.js';

const SLOT = 'Yubico YubiKey OTP+FIDO+CCID 00 00';
const DRIVERS = ['opensc', 'ykcs11'] as const;

const piv = shared(
  () => startPivLab({ '9a': 'rsa2048' }),
  (started) => started.stop(),
);

/** OpenSC knows cards of OpenPGP only. */
function openPgpOnly(): { OPENSC_CONF: string } {
  const path = join(piv.lab.dir, 'opensc.conf');
  writeFileSync(path, 'app default { card_drivers = openpgp; }\n');
  return { OPENSC_CONF: path };
}

/** Leads drivers to where no pcscd listens. */
const nowhere = () => ({ PCSCLITE_CSOCK_NAME: join(piv.lab.dir, 'nowhere') });

async function doctor(driver: PivDriver, code: number, env: Record<string, string | undefined> = {}) {
  const run = await piv.run(driver, ['doctor'], { env });
  return { ...found(run, code), pcsc: found(run, code).rows.find(({ id }) => id === 'pcsc') };
}

test.each(DRIVERS)('through %s, with the card in the reader: all is well', async (driver) => {
  const { bad, pcsc } = await doctor(driver, 0);
  const socket = piv.reader.env.PCSCLITE_CSOCK_NAME;
  expect([bad, pcsc]).toMatchObject([[], { status: 'ok', detail: `pcscd answers at ${socket}` }]);
});

test('through all drivers that are here: the card is one card, as the driver shows it that the commands use', async () => {
  const { rows } = await doctor('opensc', 0, { LYNCAUTH_MODULE: undefined, LYNCAUTH_DRIVER: 'ykcs11' });
  const others = await doctor('opensc', 0, { LYNCAUTH_MODULE: undefined });
  const ofCards = (list: typeof rows) =>
    list.filter(({ id, about }) => id === 'pin' && about !== 'card "Test card"').map(({ about }) => about);
  expect([ofCards(rows), ofCards(others.rows)]).toEqual([[`card "YubiKey PIV #${piv.card.state().serial}"`], ['card "Alice Example"']]);
});

test('a card that the driver does not know', async () => {
  const { bad } = await doctor('opensc', 0, openPgpOnly());
  expect(bad).toMatchObject([
    {
      ...{ id: 'readers', status: 'warn', about: `reader ${SLOT}`, detail: 'no driver here knows the card in it' },
      fix: 'install the driver that belongs to the card, then name its library: lyncauth config set module PATH',
    },
  ]);
  const signIn = await piv.run('opensc', ['sign-in', 'alice@lab.test'], { env: openPgpOnly() });
  expect([signIn.code, signIn.json().error]).toMatchObject([
    3,
    { code: 'CARD_UNSUPPORTED', hint: "name the card's own driver with --module or --driver" },
  ]);
});

test.each(DRIVERS)('through %s, with the reader empty', async (driver) => {
  await piv.card.pullOut();
  const { bad } = await doctor(driver, 0);
  await piv.card.putBack();
  expect(bad).toMatchObject([{ id: 'cards', status: 'warn', detail: 'no card is in a reader', fix: 'insert the card' }]);
});

describe('without pcscd', () => {
  const AWAY = { id: 'pcsc', status: 'fail', fix: 'unset PCSCLITE_CSOCK_NAME, which leads drivers to this socket' };
  const CHECK = 'check that the smart card service (pcscd) runs';

  test('OpenSC shows no reader, and says nothing about why', async () => {
    const { bad, pcsc } = await doctor('opensc', 1, nowhere());
    const detail = `pcscd does not run (nobody answers at ${nowhere().PCSCLITE_CSOCK_NAME})`;
    expect([bad, pcsc]).toMatchObject([[], { ...AWAY, detail }]);
    const run = await piv.run('opensc', ['change-pin', '--check'], { env: nowhere() });
    expect([run.code, run.json().error]).toMatchObject([3, { code: 'NO_READER', hint: `connect a reader and ${CHECK}` }]);
  });

  test('ykcs11 fails, as if a card did', async () => {
    const { bad, pcsc } = await doctor('ykcs11', 1, nowhere());
    expect([bad, pcsc]).toMatchObject([[{ id: 'drivers', status: 'fail', fix: CHECK }], AWAY]);
    const run = await piv.run('ykcs11', ['change-pin', '--check'], { env: nowhere() });
    expect([run.code, run.json().error]).toMatchObject([3, { code: 'DRIVER_FAILED', hint: CHECK, details: { ckr: 'CKR_DEVICE_ERROR' } }]);
  });
});
