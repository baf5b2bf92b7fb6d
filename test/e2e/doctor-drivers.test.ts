/** lyncauth doctor at drivers that crash, hang or are not there, and at addons that are missing: each is found, named, and comes with what mends it. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runCli, runCommand } from '../support/cli.js';
import { found, useDoctorDesk } from '../support/doctor.js';
import { copyProgram } from '../support/program-copy.js';
import { softhsmModule } from '../support/softhsm.js';

describe('a driver that misbehaves', () => {
  const at = useDoctorDesk();

  test.each([
    ['crashes', 'crash C_GetSlotList', 'crashes in C_GetSlotList (SIGSEGV)'],
    ['crashes while it starts', 'crash C_Initialize', 'crashes in C_Initialize (SIGSEGV)'],
    ['is killed', 'kill C_GetTokenInfo', 'crashes in C_GetTokenInfo (SIGKILL)'],
  ])('a driver that %s fails, named with the call: 1', async (_what, rule, says) => {
    at.desk.card.rules([rule]);
    const { bad } = found(await at.doctor(), 1);
    expect(bad).toEqual([
      {
        id: 'drivers',
        title: 'driver',
        status: 'fail',
        about: 'fault-pkcs11.so',
        module: at.desk.card.modulePath,
        detail: `${at.desk.card.modulePath} ${says}`,
        why: 'lyncauth uses this driver, and every command that needs the card ends the same way',
        fix: 'update or reinstall this driver, or name another: lyncauth config set module PATH',
      },
    ]);
  });

  test('a driver that hangs fails within --timeout, named with the call, and is ended: 1', async () => {
    at.desk.card.rules(['delay C_Initialize 600000']);
    const { bad } = found(await at.doctor(['--timeout', '3']), 1);
    expect(bad).toMatchObject([
      {
        id: 'drivers',
        status: 'fail',
        detail: `${at.desk.card.modulePath} hangs in C_Initialize: no answer within 3 seconds`,
        fix: expect.stringContaining(`lyncauth doctor --module ${at.desk.card.modulePath} --timeout 9`),
      },
    ]);
  });

  test('a driver that crashes when it is finalised has shown its cards: a warning, and the cards are judged', async () => {
    at.desk.card.rules(['crash C_Finalize']);
    const { rows, bad } = found(await at.doctor(), 0);
    expect(bad).toContainEqual(
      expect.objectContaining({ id: 'drivers', status: 'warn', detail: expect.stringContaining('crashes in C_Finalize (SIGSEGV)') }),
    );
    expect(rows).toContainEqual(expect.objectContaining({ id: 'pin', status: 'ok' }));
  });
});

test('addons that are missing are named with what builds them, and the driver is not blamed: 1', async () => {
  const run = await runCommand([process.execPath, copyProgram(), 'doctor', '--json'], { env: { LYNCAUTH_MODULE: softhsmModule() } });
  expect(found(run, 1).bad).toMatchObject([
    { id: 'addons', status: 'fail', detail: expect.stringContaining('pkcs11js'), fix: expect.stringContaining('npm rebuild pkcs11js') },
    { id: 'addons', status: 'warn', fix: expect.stringContaining('npm run build:native') },
  ]);
});

describe('no driver', () => {
  const hide = pathToFileURL(join(import.meta.dirname, '../fixtures/hide-drivers.mjs')).href;

  test('a computer without any is told what to install: 1', async () => {
    const { bad } = found(await runCli(['doctor', '--json'], { env: { NODE_OPTIONS: `--import=${hide}` } }), 1);
    expect(bad).toMatchObject([
      {
        id: 'drivers',
        status: 'fail',
        detail: 'no PKCS#11 module was found',
        fix: expect.stringMatching(/install .*opensc.* \(for many cards\), or install the driver that the card's manufacturer offers$/),
      },
    ]);
  });

  test('a library that is not there, or no driver, is named: 1', async () => {
    const { bad } = found(await runCli(['doctor', '--json', '--module', '/nonexistent/module.so']), 1);
    expect(bad).toMatchObject([{ id: 'drivers', detail: 'there is no PKCS#11 module /nonexistent/module.so' }]);
    const other = found(await runCli(['doctor', '--json', '--module', import.meta.filename]), 1);
    expect(other.bad).toMatchObject([{ id: 'drivers', detail: expect.stringContaining('is not a PKCS#11 module') }]);
  });

  test('a driver that nobody knows is a usage error, and so is the entry of a probe: 2', async () => {
    const run = await runCli(['doctor', '--json', '--driver', 'nobodys']);
    expect([run.code, run.json().error.message]).toEqual([2, expect.stringContaining('no driver is known for "nobodys"')]);
    const probe = await runCli(['doctor', '--probe', 'addons']);
    expect([probe.code, probe.stdout, probe.stderr]).toEqual([2, '', expect.stringContaining("unknown option '--probe'")]);
    expect((await runCli(['doctor', '--help'])).stdout).not.toContain('--probe');
  });
});
