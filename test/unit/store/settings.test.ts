import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { type StatePaths, statePaths } from '../../../src/store/paths.js';
import { loadSettings } from '../../../src/store/settings.js';
import { tempDir } from '../../support/temp-dir.js';
import { modeOf, plant } from './planted.js';

const CA = 'https://ca.example.com/certsrv';
let dir: string;
let paths: StatePaths;

beforeEach(() => {
  dir = tempDir('settings');
  paths = { ...statePaths({}, join(dir, 'user')), machineConfigFile: join(dir, 'machine', 'config.json') };
});

test('with no file nothing is set and nothing is made', async () => {
  const settings = await loadSettings(paths);
  expect([settings.get('ca'), settings.list(), settings.path]).toEqual([undefined, [], paths.configFile]);
  expect(existsSync(join(dir, 'user'))).toBe(false);
});

test('what is set is read back by the next run, from a file of mode 0600', async () => {
  const settings = await loadSettings(paths);
  await settings.set('ca', CA);
  expect(settings.get('ca')).toBe(CA);
  expect((await loadSettings(paths)).get('ca')).toBe(CA);
  expect([modeOf(paths.configFile), modeOf(dirname(paths.configFile))]).toEqual([0o600, 0o700]);
});

test('setting keeps what was there, and tightens the mode', async () => {
  plant(paths.configFile, { user: 'EXAMPLE\\alice' }, 0o644);
  await (await loadSettings(paths)).set('ca', CA);
  expect(JSON.parse(readFileSync(paths.configFile, 'utf8'))).toEqual({ user: 'EXAMPLE\\alice', ca: CA });
  expect(modeOf(paths.configFile)).toBe(0o600);
});

test("unset removes the user's value, and the machine's shows again", async () => {
  plant(paths.machineConfigFile, { name: 'Machine' }, 0o644);
  plant(paths.configFile, { ca: CA, name: 'Work' });
  const settings = await loadSettings(paths);
  for (const name of ['ca', 'name']) await settings.unset(name);
  expect(settings.list()).toEqual([{ name: 'name', value: 'Machine', source: 'machine' }]);
  expect(JSON.parse(readFileSync(paths.configFile, 'utf8'))).toEqual({});
});

test('unset of what is not set writes no file', async () => {
  await (await loadSettings(paths)).unset('ca');
  expect(existsSync(paths.configFile)).toBe(false);
});

test('an empty value is refused: unset is what removes one', async () => {
  plant(paths.configFile, { ca: CA });
  const settings = await loadSettings(paths);
  await expect(settings.set('ca', '')).rejects.toMatchObject({ code: 'CONFIG_INVALID', hint: 'lyncauth config unset ca' });
  expect(settings.get('ca')).toBe(CA);
});

test("the user's value goes before the machine's, and each says where it is from", async () => {
  plant(paths.machineConfigFile, { ca: CA, template: 'SmartcardLogon' }, 0o644);
  plant(paths.configFile, { template: 'SmartcardUser' });
  const settings = await loadSettings(paths);
  expect([settings.get('ca'), settings.get('template')]).toEqual([CA, 'SmartcardUser']);
  expect(settings.list()).toEqual([
    { name: 'ca', value: CA, source: 'machine' },
    { name: 'template', value: 'SmartcardUser', source: 'user' },
  ]);
});

test('setting leaves no signal listener behind', async () => {
  const count = () => ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => process.listenerCount(signal));
  const before = count();
  await (await loadSettings(paths)).set('name', 'Work');
  expect(count()).toEqual(before);
});

test.each([
  ['templte', 'did you mean template?'],
  ['keytype', 'did you mean key-type?'],
  ['CA', 'did you mean ca?'],
  ['cafile', 'did you mean ca-file?'],
])('the unknown setting %s gets a suggestion', async (name, hint) => {
  const settings = await loadSettings(paths);
  expect(() => settings.get(name)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', hint }));
  await expect(settings.set(name, 'x')).rejects.toMatchObject({ code: 'CONFIG_INVALID', hint });
});

test('a name that is like no setting gets the list', async () => {
  const settings = await loadSettings(paths);
  expect(() => settings.get('zzzzzzzzzz')).toThrow(expect.objectContaining({ hint: expect.stringContaining('ca, ca-file, user') }));
});

test.each([
  ['server', 'https://pool.example.com'],
  ['server', 'https://pool.example.com:8443/autodiscover/autodiscoverservice.svc/root'],
  ['trust-domain', 'localhost'],
  ['trust-domain', 'example.net, Example.org,xn--bcher-kva.example,bücher.example,a--b.c-d'],
])('%s can be %j', async (name, value) => {
  const settings = await loadSettings(paths);
  await settings.set(name, value);
  expect(settings.get(name)).toBe(value);
});

test.each(['__proto__', 'constructor', 'toString'])('%s is no setting', async (name) => {
  const settings = await loadSettings(paths);
  expect(() => settings.get(name)).toThrow('there is no setting');
});

test('an unknown key in a file is refused, naming the file', async () => {
  plant(paths.configFile, { colour: 'red' });
  await expect(loadSettings(paths)).rejects.toThrow(`there is no setting "colour" (in ${paths.configFile})`);
});

test.each([
  ['ca', 'http://ca.example.com', 'https'],
  ['ca', 'https://alice:secret@ca.example.com', 'password'],
  ['ca', 'ca.example.com', 'https://ca.example.com/certsrv'],
  ['ca-file', 'root.pem', 'whole path'],
  ['module', './driver.so', 'whole path'],
  ['upn', 'alice', 'alice@example.com'],
  ['key-type', 'rsa1024', 'rsa2048'],
  ['hash', 'md5', 'sha256'],
  ['card', 'a\u001b[2Jb', 'control'],
  ['server', 'http://pool.example.com', 'https'],
  ['server', 'pool.example.com', 'https://pool.example.com'],
  ['server', 'https://alice@pool.example.com', 'user name'],
  ['trust-domain', 'https://example.net', 'domains with commas'],
  ['trust-domain', '*.example.net', 'domains with commas'],
  ['trust-domain', 'example.net,', 'domains with commas'],
  ['trust-domain', '.example.net', 'domains with commas'],
  ['trust-domain', 'example..net', 'domains with commas'],
  ['trust-domain', 'example.net example.org', 'domains with commas'],
  ['trust-domain', `${'a'.repeat(64)}.net`, 'domains with commas'],
])('%s can not be %j, and the file stays as it was', async (name, value, why) => {
  const settings = await loadSettings(paths);
  await expect(settings.set(name, value)).rejects.toThrow(why);
  expect(existsSync(paths.configFile)).toBe(false);
});

test('a bad value in a file is refused, naming key and file', async () => {
  plant(paths.configFile, { hash: 'md5' });
  await expect(loadSettings(paths)).rejects.toThrow(`hash in ${paths.configFile}`);
  plant(paths.configFile, { hash: 7 });
  await expect(loadSettings(paths)).rejects.toThrow(`hash in ${paths.configFile}`);
});

test.each(['{"ca":', '', '[]', 'null'])('a file that holds %j is reported and kept', async (text) => {
  plant(paths.configFile, text);
  await expect(loadSettings(paths)).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: `${paths.configFile} is not a JSON object` });
  expect(readFileSync(paths.configFile, 'utf8')).toBe(text);
});

test('a file that was damaged since it was loaded is not written over', async () => {
  const settings = await loadSettings(paths);
  plant(paths.configFile, '{"ca":');
  await expect(settings.set('name', 'Work')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  expect(readFileSync(paths.configFile, 'utf8')).toBe('{"ca":');
});

test('a file of more than 64 KiB is refused', async () => {
  plant(paths.configFile, `{}${' '.repeat(64 * 1024)}`);
  await expect(loadSettings(paths)).rejects.toThrow('longer than 65536 bytes');
});

test('a file that others can write is refused with the command that mends it', async () => {
  plant(paths.configFile, {});
  chmodSync(paths.configFile, 0o664);
  await expect(loadSettings(paths)).rejects.toMatchObject({ code: 'CONFIG_INVALID', hint: expect.stringContaining('chmod 600') });
});

test('a symbolic link is neither read nor written through', async () => {
  plant(join(dir, 'target'), {});
  mkdirSync(join(dir, 'user'), { mode: 0o700 });
  const settings = await loadSettings(paths);
  symlinkSync(join(dir, 'target'), paths.configFile);
  await expect(loadSettings(paths)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  await expect(settings.set('name', 'Work')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  expect(readFileSync(join(dir, 'target'), 'utf8')).toBe('{}');
});

test('a machine file that others can write is refused', async () => {
  plant(paths.machineConfigFile, {});
  chmodSync(paths.machineConfigFile, 0o646);
  await expect(loadSettings(paths)).rejects.toMatchObject({ code: 'CONFIG_INVALID', hint: expect.stringContaining('chmod go-w') });
});

test('a machine file that is neither root’s nor the user’s is refused', async () => {
  // Only root can give a file away; for others a file of root's in a user's place is the same case.
  const path = process.getuid?.() === 0 ? paths.machineConfigFile : '/etc/passwd';
  if (path === paths.machineConfigFile) {
    plant(path, {}, 0o644);
    chownSync(path, 4711, 4711);
    await expect(loadSettings(paths)).rejects.toThrow('belongs to another user');
  } else {
    await expect(loadSettings({ ...paths, configFile: path })).rejects.toThrow('belongs to another user');
  }
});
