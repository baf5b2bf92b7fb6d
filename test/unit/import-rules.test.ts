/** The import rules in biome.json fire: plants files in a copy of the source tree's shape and reads what Biome says of each. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

const forbidden: [string, string][] = [
  ['src/x509/planted.ts', '../pkcs11/module.js'],
  ['src/x509/planted.ts', './../pkcs11/module.js'],
  ['src/pkcs11/planted.ts', '../http/client.js'],
  ['src/pkcs11/planted.ts', '../main.js'],
  ['src/pkcs11/drivers/planted.ts', '../../main.js'],
  ['src/http/planted.ts', '../ui/progress.js'],
  ['src/store/planted.ts', '../x509/pem.js'],
  ['src/ui/planted.ts', '../store/settings.js'],
  ['src/ca-client/planted.ts', '../pkcs11/module.js'],
  ['src/enrollment/planted.ts', '../http/client.js'],
  ['src/card-access/planted.ts', '../http/client.js'],
  ['src/lab/planted.ts', '../ca-client/certsrv.js'],
  ['src/commands/planted.ts', './enroll.js'],
  ['src/commands/planted.ts', '../lab/server.js'],
  ['src/commands/planted.ts', '../ui/prompter.js'],
  ['src/main.ts', './commands/enroll.js'],
  ['src/errors.ts', './secret.js'],
  ['src/watchdog.ts', './context.js'],
  ['src/unlisted/planted.ts', '../errors.js'],
  ['src/x509/planted.ts', 'graphene-pk11'],
  ['src/card-access/planted.ts', '../enrollment/enroll.js'],
  ['src/http/planted.ts', 'node-forge'],
  ['src/pkcs11/planted.ts', '@peculiar/x509'],
  ['src/commands/planted.ts', 'commander'],
  ['src/enrollment/planted.ts', 'inquirer'],
  ['src/ui/planted.ts', 'conf'],
  ['src/pkcs11/drivers/planted.ts', 'pkcs11js'],
  ['src/pkcs11/drivers/planted.ts', '../../native.js'],
  ['src/http/curl/planted.ts', '../../context.js'],
  ['src/http/auth/planted.ts', '../../context.js'],
  ['src/http/planted.ts', 'js-md4'],
  ['src/http/curl/planted.ts', 'js-md4'],
  ['src/main.ts', 'chalk'],
  ['src/store/planted.ts', 'ora'],
  ['src/doctor/planted.ts', '../enrollment/journal.js'],
  ['src/doctor/planted.ts', '../card-access/log-in.js'],
];

const allowed: [string, string][] = [
  ['src/x509/planted.ts', '@peculiar/asn1-schema'],
  ['src/x509/planted.ts', 'node-forge'],
  ['src/x509/planted.ts', '../signer.js'],
  ['src/pkcs11/planted.ts', 'graphene-pk11'],
  ['src/pkcs11/planted.ts', './session.js'],
  ['src/pkcs11/drivers/planted.ts', '../types.js'],
  ['src/http/planted.ts', 'node:https'],
  ['src/http/curl/planted.ts', '../../native.js'],
  ['src/http/auth/planted.ts', 'js-md4'],
  ['src/http/auth/planted.ts', '../exchange.js'],
  ['src/http/planted.ts', 'node:timers/promises'],
  ['src/x509/planted.ts', 'node-forge/lib/pem.js'],
  ['src/enrollment/planted.ts', '../card-access/log-in.js'],
  ['src/http/planted.ts', 'https-proxy-agent'],
  ['src/store/planted.ts', 'conf'],
  ['src/ui/planted.ts', 'ora'],
  ['src/ui/planted.ts', '../context.js'],
  ['src/ca-client/planted.ts', '../http/client.js'],
  ['src/enrollment/planted.ts', '../pkcs11/keys.js'],
  ['src/card-access/planted.ts', '../store/failures.js'],
  ['src/lab/planted.ts', '../x509/pem.js'],
  ['src/commands/planted.ts', './flags.js'],
  ['src/commands/planted.ts', '../enrollment/enroll.js'],
  ['src/commands/lab.ts', '../lab/server.js'],
  ['src/commands/flags.ts', 'commander'],
  ['src/watchdog.ts', './native.js'],
  ['src/doctor/planted.ts', '../native.js'],
  ['src/doctor/planted.ts', '../pkcs11/module.js'],
  ['src/program.ts', 'commander'],
  ['src/program.ts', './commands/enroll.js'],
];

interface Finding {
  category: string;
  path: string;
}

let tree: string;
let findings: Finding[];

/** Where case `index` is planted: Biome looks at paths, so each case gets a tree of its own inside a folder that it does not look at. */
function place(kind: string, index: number, path: string): string {
  return join(kind, String(index), path);
}

function plant(path: string, text: string): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), text);
}

function importOf(name: string): string {
  return `export * as planted from '${name}';\n`;
}

/** biome.json with its folder rules moved two folders down, where place() puts the cases. */
function movedConfiguration(): string {
  const configuration = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
  for (const override of configuration.overrides) override.includes = override.includes.map((glob: string) => `*/*/${glob}`);
  return JSON.stringify({ ...configuration, vcs: { enabled: false } });
}

function lint(): Finding[] {
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  const command = [biome, 'lint', '--reporter=json', '--max-diagnostics=none', '.'];
  try {
    return read(execFileSync(process.execPath, command, { cwd: tree, encoding: 'utf8', stdio: 'pipe' }));
  } catch (error) {
    return read((error as { stdout: string }).stdout);
  }
}

function read(report: string): Finding[] {
  const { diagnostics } = JSON.parse(report) as { diagnostics: { category: string; location: { path: string | { file: string } } }[] };
  return diagnostics.map(({ category, location }) => ({
    category,
    path: typeof location.path === 'string' ? location.path : location.path.file,
  }));
}

function rulesAgainst(path: string): string[] {
  return findings.filter((finding) => finding.path === path).map((finding) => finding.category);
}

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'lyncauth-rules-'));
  writeFileSync(join(tree, 'biome.json'), movedConfiguration());
  forbidden.forEach(([path, name], index) => {
    plant(place('forbidden', index, path), importOf(name));
  });
  allowed.forEach(([path, name], index) => {
    plant(place('allowed', index, path), importOf(name));
  });
  plant('cycle/0/src/pkcs11/one.ts', "import { two } from './two.js';\nexport const one = () => two;\n");
  plant('cycle/0/src/pkcs11/two.ts', "import { one } from './one.js';\nexport const two = () => one;\n");
  plant('console/0/src/http/planted.ts', "console.log('planted');\n");
  findings = lint();
});

afterAll(() => {
  rmSync(tree, { recursive: true, force: true });
});

test('no file but main.ts ends the process', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && name !== 'main.ts',
  );
  const ending = files.filter((name) => readFileSync(join(root, 'src', name), 'utf8').includes('process.exit('));
  expect(ending).toEqual([]);
});

describe('biome.json', () => {
  test.each(forbidden.map(([path, name], index) => ({ path, name, index })))('refuses $name in $path', ({ path, index }) => {
    expect(rulesAgainst(place('forbidden', index, path))).toContain('lint/style/noRestrictedImports');
  });

  test.each(allowed.map(([path, name], index) => ({ path, name, index })))('allows $name in $path', ({ path, index }) => {
    expect(rulesAgainst(place('allowed', index, path))).not.toContain('lint/style/noRestrictedImports');
  });

  test('refuses two files that import each other', () => {
    expect(rulesAgainst('cycle/0/src/pkcs11/one.ts')).toContain('lint/suspicious/noImportCycles');
  });

  test('refuses console in src', () => {
    expect(rulesAgainst('console/0/src/http/planted.ts')).toContain('lint/suspicious/noConsole');
  });
});
