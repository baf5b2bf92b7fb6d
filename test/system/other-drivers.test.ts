/** Drivers that want to be set up before they show a card: NSS's database, and p11-kit's client of another computer's cards. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { runCli } from '../support/cli.js';
import { startRemoteToken } from '../support/p11-kit.js';
import { startSignInLab } from '../support/signed-in.js';
import { createToken } from '../support/softhsm.js';

const run = promisify(execFile);
const PASSWORD = '24680135';

/** Sets the password of a new database, as the security officer without a PIN that it then has. */
const SET_PASSWORD = `
const pkcs11js = require(process.argv[1]);
const [, , path, parameters, password] = process.argv;
const nss = new pkcs11js.PKCS11();
nss.load(path);
nss.C_Initialize({ flags: pkcs11js.CKF_OS_LOCKING_OK, libraryParameters: parameters + ' ' });
const slot = nss.C_GetSlotList(true).find((candidate) => nss.C_GetTokenInfo(candidate).label.trim() === 'NSS Certificate DB');
const session = nss.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION);
nss.C_Login(session, pkcs11js.CKU_SO, '');
nss.C_InitPIN(session, password);
nss.C_Finalize();
`;

function temporary(name: string): string {
  const dir = mkdtempSync(join(tmpdir(), `lyncauth-${name}-`));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function modulePath(driver: string): Promise<string> {
  const { drivers } = (await runCli(['config', 'drivers', '--json'])).json().result;
  const { path } = drivers.find(({ id }: { id: string }) => id === driver);
  if (path === undefined) throw new Error(`there is no module of ${driver}: run scripts/system-packages.sh`);
  return path;
}

test('a database of NSS is a card: enrolled, signed in with, and told by its own words', async () => {
  const parameters = `configdir='sql:${temporary('nss')}'`;
  const path = await modulePath('nss');
  await run(process.execPath, ['-e', SET_PASSWORD, createRequire(import.meta.url).resolve('pkcs11js'), path, parameters, PASSWORD]);
  const card = { modulePath: path, label: 'NSS Certificate DB', pin: PASSWORD, env: { NSS_LIB_PARAMS: parameters } };
  const lab = await startSignInLab({ card });
  onTestFinished(() => lab.stop());
  const [{ token }] = (await lab.run(['cards', '--json', '--card', card.label])).json().result.readers;
  expect(token).toMatchObject({ driver: 'nss', kind: 'software', pin: { state: 'unknown' } });
  expect(token.certificates).toMatchObject([{ upn: 'alice@lab.test' }]);
  expect(await lab.signIn(['alice@lab.test'])).toMatchObject({ code: 0 });
});

test.each([undefined, '', 'flags=readOnly'])(
  'NSS without the name of a database (%o) ends with 3 and says how to name one',
  async (parameters) => {
    const cards = await runCli(['cards', '--driver', 'nss', '--json'], { env: { NSS_LIB_PARAMS: parameters } });
    expect(cards.json().error).toMatchObject({ code: 'DRIVER_FAILED', hint: expect.stringContaining('NSS_LIB_PARAMS="configdir=') });
    expect(cards.code).toBe(3);
  },
);

test('a card behind p11-kit is what it says itself', async () => {
  const token = createToken();
  onTestFinished(() => token.remove());
  const { env, stop } = await startRemoteToken(token);
  onTestFinished(stop);
  const cards = await runCli(['cards', '--driver', 'p11-kit', '--json'], { env });
  expect(cards.json().result.readers).toMatchObject([{ token: { label: token.label, driver: 'softhsm', kind: 'software' } }]);
});
