/** Start-up stays small: what prints a text loads none of the packages that a card, a prompt or a certificate needs. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliResult, program, runCommand } from '../support/cli.js';
import { startSignInLab } from '../support/signed-in.js';
import { createToken } from '../support/softhsm.js';

const root = join(import.meta.dirname, '../..');
const recorder = join(root, 'test/fixtures/record-loads.cjs');
const heavy = [
  'graphene-pk11',
  'pkcs11js',
  'koffi',
  'inquirer',
  'ora',
  'chalk',
  'conf',
  'node-forge',
  'asn1js',
  'reflect-metadata',
  'parse5',
  '@xmldom/xmldom',
  'xml-crypto',
  'tough-cookie',
];

interface BuildMetadata {
  outputs: Record<string, { inputs: Record<string, unknown> }>;
}

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'lyncauth-startup-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

/** Runs the program and says which packages it loaded: bundled ones by the chunks that were read, others by their folder. */
async function run(args: string[], env: Record<string, string> = {}): Promise<{ result: CliResult; packages: Set<string> }> {
  const file = join(dir, 'loads');
  rmSync(file, { force: true });
  const result = await runCommand([process.execPath, '--require', recorder, program, ...args], { env: { ...env, RECORD_LOADS: file } });
  const { outputs } = JSON.parse(readFileSync(join(root, 'dist/meta.json'), 'utf8')) as BuildMetadata;
  const packages = new Set<string>();
  for (const loaded of readFileSync(file, 'utf8').split('\n')) {
    const chunk = /\/(dist\/[^/]+\.cjs)$/.exec(loaded)?.[1];
    const files = [loaded, ...Object.keys(outputs[chunk ?? '']?.inputs ?? {})];
    for (const path of files) {
      const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
      if (name !== undefined) packages.add(name);
    }
  }
  return { result, packages };
}

function heavyOnes(packages: Set<string>): string[] {
  return [...packages].filter((name) => heavy.includes(name) || name.startsWith('@peculiar/') || name.startsWith('@inquirer/')).sort();
}

test.each([['--version'], ['--help'], ['enroll', '--help'], ['help', 'exit-codes']])(
  '%s %s loads none of the large packages',
  async (...args) => {
    const { result, packages } = await run(args);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(heavyOnes(packages)).toEqual([]);
    expect([...packages]).toContain('commander');
  },
);

test.each([['status'], ['status', '--offline', '--json'], ['token'], ['sign-out']])(
  '%s %s looks at what is stored and loads none of the large packages',
  async (...args) => {
    const { packages } = await run(args, { HOME: dir });
    expect(heavyOnes(packages)).toEqual([]);
  },
);

test('a wrong flag loads none of the large packages', async () => {
  const { result, packages } = await run(['enroll', '--no-such-flag']);
  expect(result.code).toBe(2);
  expect(heavyOnes(packages)).toEqual([]);
});

test('a command that reads a card loads what it needs and no prompt', async () => {
  const token = createToken();
  try {
    const { result, packages } = await run(['cards', '--json'], { ...token.env, LYNCAUTH_MODULE: token.modulePath });
    expect(result).toMatchObject({ code: 0 });
    expect([...packages]).toContain('pkcs11js');
    expect([...packages]).not.toContain('inquirer');
  } finally {
    token.remove();
  }
});

test('a sign-in with the card loads what its way needs, and what comes after it nothing large', async () => {
  const lab = await startSignInLab();
  const load = async (...args: string[]) => {
    const { result, packages } = await run([...args, '--json', '--no-input'], lab.env);
    expect(result.code).toBe(0);
    return heavyOnes(packages);
  };
  try {
    const card = ['asn1js', 'graphene-pk11', 'pkcs11js'];
    expect(await load('sign-in', '--method', 'passive')).toEqual([...card, 'parse5', 'tough-cookie'].sort());
    for (const args of [['status'], ['status', '--offline'], ['token'], ['sign-out']]) expect(await load(...args)).toEqual([]);
    expect(await load('sign-in', '--method', 'certificate')).toEqual([...card, '@xmldom/xmldom', 'tough-cookie', 'xml-crypto'].sort());
    expect(await load('forget-credentials')).toEqual([]);
  } finally {
    await lab.stop();
  }
});
