import { expect, test } from 'vitest';
import { runCli } from '../support/cli.js';

const VALUE = '90817263';

/** Ways to write a secret into a command line; each is refused without showing it again. */
const TRIED: string[][] = [
  ['enroll', `--pin=${VALUE}`],
  ['enroll', '--pin', VALUE],
  ['change-pin', `--new-pin=${VALUE}`],
  ['change-pin', '--puk', VALUE],
  ['enroll', `--so-pin=${VALUE}`],
  ['enroll', `--password=${VALUE}`],
  ['enroll', '--password', VALUE],
  ['enroll', `--passphrase=${VALUE}`],
  ['enroll', `--pinn=${VALUE}`],
  ['enroll', '--pinn', VALUE],
  ['enroll', `--pin-fil=${VALUE}`],
  ['enroll', `--PIN=${VALUE}`],
  ['enroll', `-p${VALUE}`],
  ['enroll', '-p', VALUE],
  ['enroll', `-v${VALUE}`],
  ['change-pin', VALUE],
  ['enroll', `--yes=${VALUE}`],
  ['enroll', `--key=${VALUE}`],
  ['enroll', '--hash', VALUE],
  ['enroll', `--timeout=${VALUE}x`],
  ['enroll', `--key-id=${VALUE}x`],
  ['--pin', VALUE, 'enroll'],
  [`--pin=${VALUE}`],
  [`--password=${VALUE}`, 'cards'],
  ['--pin', VALUE],
  ['--', 'enroll', `--pin=${VALUE}`],
  ['enroll', '--', `--pin=${VALUE}`],
  ['lab', `--pin=${VALUE}`, 'run'],
  ['config', 'set', 'pin', VALUE],
  ['config', 'set', 'card', 'x', VALUE],
];

test.each(TRIED.map((args) => [args.map((word) => word.replace(VALUE, 'VALUE')).join(' '), args] as const))(
  '%s: 2, and the value is not shown again',
  async (_shown, args) => {
    const text = await runCli(args);
    const json = await runCli(['--json', ...args]);
    expect([text.code, json.code]).toEqual([2, 2]);
    expect(text.stderr).toMatch(/^lyncauth: error: .+\nlyncauth: hint: .+\n$/);
    expect(text.stdout).toBe('');
    expect(json.json()).toMatchObject({ ok: false, error: { code: expect.any(String), message: expect.any(String) } });
    expect(text.stderr + json.stdout + json.stderr).not.toContain(VALUE.slice(1));
  },
);

test('a flag that would take a secret is answered with those that take it safely', async () => {
  const run = await runCli(['change-pin', '--json', '--new-pin', VALUE]);
  expect(run.json()).toEqual({
    ok: false,
    command: 'change-pin',
    error: {
      code: 'SECRET_ON_COMMAND_LINE',
      message: 'there is no flag --new-pin: other users of this computer could read the value',
      hint: 'use --new-pin-file FILE (mode 0600, - for standard input) or --askpass COMMAND',
      details: {},
    },
  });
});

test('a password is not taken as a part of an address', async () => {
  const run = await runCli([
    'enroll',
    '--json',
    '--no-input',
    '--yes',
    '--upn',
    'a@b.c',
    '--ca',
    `https://kim:${VALUE}@localhost:1/certsrv`,
  ]);
  expect(run.stdout + run.stderr).not.toContain(VALUE);
});
