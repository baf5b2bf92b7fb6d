/** The practice organisation for tests: its host runs in the test's process, the program under test beside it as a user would run it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLabDirectory } from '../../src/lab/directory.js';
import { commandEnvironment, PRACTICE_PIN } from '../../src/lab/environment.js';
import { writeFaults } from '../../src/lab/fault-file.js';
import { parseFault } from '../../src/lab/faults.js';
import { readLog, type TimedLogEntry } from '../../src/lab/log.js';
import { startPractice } from '../../src/lab/practice.js';
import { type CliOptions, type CliResult, cleanEnvironment, runCli } from './cli.js';
import { createFault, type Fault } from './fault-module.js';
import { createToken, softhsmModule, type TestToken } from './softhsm.js';

export interface LabOptions {
  /** PIN of the card; the practice organisation's own by default. */
  pin?: string;
  /** Puts the fault-injecting module between the program and the card. */
  faultModule?: boolean;
}

export interface TestLab {
  dir: string;
  token: TestToken;
  /** Only with `faultModule`. */
  card: Fault;
  /** What a command finds in its environment, HOME included: the same for every command of this lab. */
  env: Record<string, string>;
  /** Runs the built program. */
  run(args: string[], options?: CliOptions): Promise<CliResult>;
  /** `lyncauth enroll --json --no-input --yes ARGS`. */
  enroll(args?: string[], options?: CliOptions): Promise<CliResult>;
  /** Switches the servers' faults, as `lyncauth lab fault` does. */
  faults(...names: string[]): void;
  log(): TimedLogEntry[];
  /** How many requests the CA has taken. */
  submissions(): number;
  /** The journal's records, as they are on the disk now. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they know is there
  journal(): any[];
  stop(): Promise<void>;
}

/** Starts a practice organisation with a card of its own. */
export async function startLab(options: LabOptions = {}): Promise<TestLab> {
  const dir = openLabDirectory(mkdtempSync(join(tmpdir(), 'lyncauth-lab-')));
  const token = createToken({ pin: options.pin ?? PRACTICE_PIN });
  const fault = options.faultModule === true ? createFault({ token }) : undefined;
  const practice = await startPractice(dir, () => new Date());
  const home = mkdtempSync(join(tmpdir(), 'lyncauth-home-'));
  const base = commandEnvironment(cleanEnvironment(home), {
    dir,
    origin: practice.origin,
    modulePath: fault?.modulePath ?? softhsmModule(),
    tokenConfiguration: token.conf,
    cardLabel: token.label,
  });
  const env = { ...definedOnly(base), ...fault?.env };
  const run: TestLab['run'] = (args, more = {}) => runCli(args, { ...more, env: { ...env, ...more.env } });
  const journal = () => readRecords(join(dir, 'config', 'journal'));
  return {
    dir,
    token,
    get card() {
      if (fault === undefined) throw new Error('this lab has no fault module');
      return fault;
    },
    env,
    run,
    enroll: (args = [], more = {}) => run(['enroll', '--json', '--no-input', '--yes', ...args], more),
    faults: (...names) => writeFaults(dir, names.map(parseFault)),
    log: () => readLog(dir),
    submissions: () => readLog(dir).filter((entry) => entry.event === 'submitted').length,
    journal,
    async stop() {
      await practice.close();
      fault?.remove();
      token.remove();
      for (const folder of [dir, home]) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function definedOnly(env: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function readRecords(dir: string): unknown[] {
  try {
    return readdirSync(dir)
      .filter((name) => name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(dir, name), 'utf8')));
  } catch {
    return [];
  }
}
