/** scripts/softhsm-setup.sh makes private tokens, keeps what is there, and prints nothing but what a shell can use. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliResult, runCommand } from '../support/cli.js';

const script = join(import.meta.dirname, '../../scripts/softhsm-setup.sh');
let dir: string;

beforeEach(() => {
  // A quote and a space: the printed lines must survive both.
  dir = join(mkdtempSync(join(tmpdir(), 'lyncauth-setup-')), "it's here");
});

afterEach(() => {
  rmSync(join(dir, '..'), { recursive: true, force: true });
});

function setUp(...args: string[]): Promise<CliResult> {
  return runCommand(['bash', script, '--dir', dir, ...args]);
}

/** Labels of the tokens that SoftHSM shows to a shell that has read the printed lines. */
async function labels(lines: string): Promise<string[]> {
  const { stdout } = await runCommand(['sh', '-c', `${lines}\nsofthsm2-util --show-slots`]);
  const found = [...stdout.matchAll(/^ *Label: +(.*?) *$/gm)].map((match) => match[1] ?? '');
  return found.filter((label) => label !== '').sort();
}

test('makes the tokens that were asked for, and prints export lines only', async () => {
  const { code, stdout } = await setUp('--count', '2', '--label', 'Karte Ä');
  expect(code).toBe(0);
  expect(
    stdout
      .trim()
      .split('\n')
      .every((line) => /^export [A-Z0-9_]+='.*'$/.test(line)),
  ).toBe(true);
  expect(await labels(stdout)).toEqual(['Karte Ä', 'Karte Ä 2']);
});

test('keeps the tokens that exist when it runs again', async () => {
  await setUp('--label', 'One');
  const { stdout, stderr } = await setUp('--label', 'One', '--count', '2');
  expect(stderr).toBe('kept token "One"\nmade token "One 2"\n');
  expect(await labels(stdout)).toEqual(['One', 'One 2']);
});

test('nobody else can read the directory and the configuration', async () => {
  await setUp();
  const modes = [dir, join(dir, 'tokens'), join(dir, 'softhsm2.conf')].map((path) => (statSync(path).mode & 0o777).toString(8));
  expect(modes).toEqual(['700', '700', '600']);
});

test('sets the PIN that was asked for', async () => {
  const { stdout } = await setUp('--pin', '86420975', '--label', 'Mine');
  const key = join(dir, 'key.pem');
  writeFileSync(key, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }));
  // Importing a key needs the PIN.
  const importKey = (pin: string) => `softhsm2-util --import "$0" --token Mine --pin ${pin} --label k --id 01`;
  const run = (pin: string) => runCommand(['sh', '-c', `${stdout}\n${importKey(pin)}`, key]);
  expect([(await run('86420976')).code, (await run('86420975')).code]).toEqual([1, 0]);
});

test.each([
  [['--count', 'many'], '--count is not a number'],
  [['--pin', '123'], 'a PIN has 4 to 255 characters'],
  [['--label', 'x'.repeat(33)], 'longer than 32 bytes'],
  [['--colour', 'blue'], 'unknown argument --colour'],
  [['--pin'], '--pin needs a value'],
])('refuses %j', async (args, reason) => {
  const { code, stdout, stderr } = await setUp(...args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(reason);
});

test('explains itself', async () => {
  const { code, stdout } = await runCommand(['bash', script, '--help']);
  expect(code).toBe(0);
  for (const flag of ['--count', '--label', '--pin', '--so-pin', '--dir']) expect(stdout).toContain(flag);
});
