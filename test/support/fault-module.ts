/** The PKCS#11 module that injects faults (test/fixtures/fault-pkcs11): compiles it, and gives a test its rules, state and log. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const sources = join(root, 'test/fixtures/fault-pkcs11');
// The PKCS#11 headers that pkcs11js is compiled with.
const headers = join(root, 'node_modules/pkcs11js/includes');

/** A token that can stand behind the module. */
interface FaultyToken {
  modulePath: string;
  env: Readonly<Record<string, string>>;
}

export interface CardState {
  /** Wrong PINs since the last right one. */
  badTries?: number;
  /** Whether the PIN was changed since `mustchange` began. */
  pinChanged?: boolean;
}

export interface Fault {
  modulePath: string;
  /** What a process needs in its environment: the token's variables and the module's own. */
  env: Record<string, string>;
  /** Replaces all rules (listed in fault-pkcs11.c), also while a program runs; counts for skip= and times= begin anew. */
  rules(lines: string[]): void;
  /** Sets what the card remembers: 2 bad tries under `retries 3` are the last try. */
  state(state: CardState): void;
  /** What the card remembers now. */
  readState(): Required<CardState>;
  /** Calls so far: `C_Login 0xa0 user`. */
  log(): string[];
  /** Calls of one function so far. */
  calls(name: string): string[];
  clearLog(): void;
  /** Whether a call under a rule with `times=` or `skip=` has begun since the rules were set. */
  begun(): boolean;
  remove(): void;
}

/** Compiles the module, once for each state of its sources, and returns its path. */
export function buildFaultModule(): string {
  const files = readdirSync(sources).sort();
  const code = files.filter((name) => name.endsWith('.c')).map((name) => join(sources, name));
  const hash = createHash('sha256');
  for (const name of files) hash.update(name).update(readFileSync(join(sources, name)));
  const folder = join(root, '.cache/fault-pkcs11', hash.digest('hex').slice(0, 16));
  const path = join(folder, 'fault-pkcs11.so');
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  // Test files run side by side: each compiles to a name of its own, the last one there wins.
  const own = join(folder, `${process.pid}.so`);
  const compiler = process.env.CC ?? 'cc';
  execFileSync(compiler, ['-O1', '-Wall', '-Wextra', '-shared', '-fPIC', '-o', own, ...code, `-I${headers}`, '-ldl', '-lpthread'], {
    stdio: 'inherit',
  });
  renameSync(own, path);
  return path;
}

/** A card with faults: `token` behind the module, without rules at first. */
export function createFault({ token }: { token: FaultyToken }): Fault {
  const modulePath = buildFaultModule();
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-fault-'));
  const file = (name: string) => join(dir, name);
  const read = (name: string) => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '');
  const log = () => read('log').trimEnd().split('\n').filter(Boolean);
  return {
    modulePath,
    env: { ...token.env, FAULT_PKCS11_MODULE: token.modulePath, FAULT_PKCS11_DIR: dir },
    rules(lines) {
      rmSync(file('counts'), { force: true });
      // The module may read at any moment: whole rules or none.
      writeFileSync(file('rules.new'), lines.map((line) => `${line}\n`).join(''));
      renameSync(file('rules.new'), file('rules'));
    },
    state({ badTries = 0, pinChanged = false }) {
      writeFileSync(file('state'), `bad_tries ${badTries} pin_changed ${pinChanged ? 1 : 0}\n`);
    },
    readState() {
      const [, badTries = '0', changed = '0'] = /(\d+) pin_changed (\d)/.exec(read('state')) ?? [];
      return { badTries: Number(badTries), pinChanged: changed === '1' };
    },
    log,
    calls: (name) => log().filter((line) => line.startsWith(`${name} `)),
    clearLog: () => rmSync(file('log'), { force: true }),
    begun: () => existsSync(file('counts')),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
