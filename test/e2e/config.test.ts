import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliResult, runCli } from '../support/cli.js';

const CA = 'https://ca.contoso.com/certsrv';
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lyncauth-home-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function config(...args: string[]): Promise<CliResult> {
  const env = { HOME: home, XDG_CONFIG_HOME: join(home, '.config'), XDG_STATE_HOME: join(home, '.local/state') };
  return runCli(['config', ...args], { env });
}

function settingsFile(): string {
  return join(home, '.config/lyncauth/config.json');
}

test('a setting is written to a private file, read and listed', async () => {
  expect(await config('set', 'ca', CA)).toMatchObject({ code: 0, stdout: '', stderr: `ca is written to ${settingsFile()}\n` });
  expect(await config('get', 'ca')).toMatchObject({ code: 0, stdout: `${CA}\n`, stderr: '' });
  expect((await config('list')).stdout).toBe(`ca = ${CA}  (user)\n`);
  expect(JSON.parse(readFileSync(settingsFile(), 'utf8'))).toEqual({ ca: CA });
  expect(statSync(settingsFile()).mode & 0o777).toBe(0o600);
});

test('the same as JSON', async () => {
  const set = await config('set', 'user', 'CONTOSO\\kim', '--json');
  const result = { name: 'user', value: 'CONTOSO\\kim', path: settingsFile() };
  expect(set.json()).toEqual({ ok: true, command: 'config', result });
  expect((await config('get', 'user', '--json')).json()).toEqual({
    ok: true,
    command: 'config',
    result: { name: 'user', value: 'CONTOSO\\kim' },
  });
  expect((await config('list', '--json')).json()).toEqual({
    ok: true,
    command: 'config',
    result: { settings: [{ name: 'user', value: 'CONTOSO\\kim', source: 'user' }] },
  });
  expect((await config('path', '--json')).json()).toEqual({
    ok: true,
    command: 'config',
    result: { path: settingsFile(), machine: '/etc/lyncauth/config.json' },
  });
});

test('what is not set is empty, and a script can tell: 1', async () => {
  expect(await config('get', 'ca')).toMatchObject({ code: 1, stdout: '', stderr: '' });
  const asked = await config('get', 'ca', '--json');
  expect(asked.json()).toEqual({ ok: true, command: 'config', result: { name: 'ca', value: null } });
  expect(asked.code).toBe(1);
  expect(await config('list')).toMatchObject({ code: 0, stdout: 'nothing is set\n' });
  expect(await config('path')).toMatchObject({ code: 0, stdout: `${settingsFile()}\n` });
});

test('a setting is taken out of the file; one that is not in it is no error', async () => {
  await config('set', 'card', 'Kim');
  await config('set', 'ca', CA);
  expect(await config('unset', 'card')).toMatchObject({ code: 0, stdout: '', stderr: `card is no longer set in ${settingsFile()}\n` });
  expect(JSON.parse(readFileSync(settingsFile(), 'utf8'))).toEqual({ ca: CA });
  const again = await config('unset', 'card', '--json');
  expect(again.json()).toEqual({ ok: true, command: 'config', result: { name: 'card', value: null, path: settingsFile() } });
  expect(again.code).toBe(0);
});

test('--config-dir moves the file', async () => {
  const dir = join(home, 'elsewhere');
  expect((await config('set', 'card', 'Kim', '--config-dir', dir)).code).toBe(0);
  expect((await config('path', '--config-dir', dir)).stdout).toBe(`${join(dir, 'config.json')}\n`);
  expect((await config('get', 'card')).stdout).toBe('');
});

test.each([
  [['get', 'caa'], 'there is no setting "caa"', 'did you mean ca?'],
  [['unset', 'cart'], 'there is no setting "cart"', 'did you mean card?'],
  [['set', 'card', ''], 'card must not be empty', 'lyncauth config unset card'],
  [['set', 'tempate', 'x'], 'there is no setting "tempate"', 'did you mean template?'],
  [['set', 'ca', 'http://ca.contoso.com'], 'ca must begin with https://', expect.any(String)],
  [['set', 'key-type', 'rsa1024'], 'key-type must be one of rsa2048, rsa3072, rsa4096, p256, p384', expect.any(String)],
])('%j is refused: 2, and nothing is written', async (args, message, hint) => {
  const run = await config(...args, '--json');
  expect(run.json()).toEqual({ ok: false, command: 'config', error: { code: 'CONFIG_INVALID', message, hint, details: {} } });
  expect([run.code, (await config('list')).stdout]).toEqual([2, 'nothing is set\n']);
});

test.each([
  ['is not JSON', '{'],
  ['holds no object', '[]'],
  ['holds a setting that is none', '{"pin":"1234"}'],
  ['holds a value that cannot be', '{"ca":"ftp://x"}'],
])('a settings file that %s is an error that names it: 2', async (_what, content) => {
  mkdirSync(join(home, '.config/lyncauth'), { recursive: true, mode: 0o700 });
  writeFileSync(settingsFile(), content, { mode: 0o600 });
  const run = await config('list', '--json');
  expect(run.json().error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(settingsFile()) });
  expect([run.code, run.stdout.includes('1234')]).toEqual([2, false]);
});

test('a settings file that others may write is not believed', async () => {
  await config('set', 'ca', CA);
  chmodSync(settingsFile(), 0o666);
  const run = await config('get', 'ca', '--json');
  expect(run.json()).toMatchObject({ ok: false, error: { message: expect.stringContaining(settingsFile()) } });
  expect(run.code).not.toBe(0);
});

test('a folder that cannot be made is an error that names it', async () => {
  const run = await config('set', 'ca', CA, '--json', '--config-dir', '/proc/lyncauth/settings');
  expect(run.json().error).toMatchObject({ code: 'FAILED', message: expect.stringContaining('/proc/lyncauth') });
  expect(run.code).toBe(1);
});
