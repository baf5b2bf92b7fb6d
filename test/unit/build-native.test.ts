/** scripts/build-native.mjs in a folder of its own, with a program in node-gyp's place that needs no compiler. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliResult, runCommand } from '../support/cli.js';

/** "Compiles" by joining the sources; fails as a compiler does when one of them says so. */
const NODE_GYP = `
const { mkdirSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const code = readdirSync('.').filter((name) => name.endsWith('.c')).map((name) => readFileSync(name, 'utf8')).join('');
if (code.includes('wrong')) {
  console.error("a.c:1:1: error: 'wrong' undeclared");
  process.exit(1);
}
mkdirSync('build/Release', { recursive: true });
writeFileSync('build/Release/lyncauth.node', code);
`;

let root = '';
const path = (...names: string[]) => join(root, ...names);
const binary = () => path('native/build/Release/lyncauth.node');

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lyncauth-build-'));
  for (const name of ['scripts', 'native']) mkdirSync(path(name));
  copyFileSync(join(import.meta.dirname, '../../scripts/build-native.mjs'), path('scripts/build-native.mjs'));
  writeFileSync(path('node-gyp.js'), NODE_GYP);
  writeFileSync(path('native/binding.gyp'), '{}');
  source('one');
});
afterEach(() => rmSync(root, { recursive: true }));

/** Replaces the only source; it was changed `age` seconds ago. */
function source(text: string, age = 100): void {
  writeFileSync(path('native/a.c'), text);
  const time = new Date(Date.now() - age * 1000);
  for (const name of ['a.c', 'binding.gyp']) utimesSync(path('native', name), time, time);
}

function build(flags: string[], env: Record<string, string> = { npm_config_node_gyp: path('node-gyp.js') }): Promise<CliResult> {
  return runCommand([process.execPath, path('scripts/build-native.mjs'), ...flags], { env });
}

test('the addon is built from a copy of the sources, and nothing else stays', async () => {
  expect(await build([])).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(readFileSync(binary(), 'utf8')).toBe('one');
  expect(readdirSync(path('native'))).toEqual(['a.c', 'binding.gyp', 'build']);
  expect(readdirSync(path('native/build'))).toEqual(['Release']);
});

test('with --if-changed it is built again only after a source has changed', async () => {
  await build(['--if-changed']);
  source('two');
  await build(['--if-changed']);
  expect(readFileSync(binary(), 'utf8')).toBe('one');
  source('three', -100);
  await build(['--if-changed']);
  expect(readFileSync(binary(), 'utf8')).toBe('three');
});

test('a failure keeps the addon that is there, shows what the compiler said and ends with 1', async () => {
  await build([]);
  source('wrong');
  const { code, stderr } = await build([]);
  expect(code).toBe(1);
  expect(stderr).toContain(
    "lyncauth: error: the addon that lets TLS use the card was not compiled: node-gyp ended with 1: a.c:1:1: error: 'wrong'",
  );
  expect(stderr).toMatch(/lyncauth: hint: .*npm run build:native\n$/);
  expect(readFileSync(binary(), 'utf8')).toBe('one');
  expect(readdirSync(path('native/build'))).toEqual(['Release']);
});

test('at installation a failure is a warning of two lines', async () => {
  source('wrong');
  const { code, stderr } = await build(['--optional']);
  expect(code).toBe(0);
  expect(stderr.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^lyncauth: warning: the addon .* was not compiled: /),
    expect.stringMatching(/^lyncauth: hint: .*npm rebuild -g lyncauth/),
  ]);
  expect(existsSync(binary())).toBe(false);
});

test('where neither npm nor node-gyp is found, it says so', async () => {
  const { code, stderr } = await build([], { npm_config_node_gyp: '', PATH: root });
  expect(code).toBe(1);
  expect(stderr).toContain('neither npm nor node-gyp is on the PATH');
});
