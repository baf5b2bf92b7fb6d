/** The built program against servers that mean it ill, under their real names; what it did about it, how long it took and how much memory. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import type { CliResult } from './cli.js';
import { type Asked, certify, type NamedHosts, type NamedHostsOptions, type Site, startNamedHosts } from './named-hosts.js';
import { type SignInLab, startSignInLab } from './signed-in.js';

export const ALICE = 'alice@lab.test';
/** For one exchange, seconds. */
const TIMEOUT = 5;
/** What no run may take, whatever a server does: all exchanges together get five times the time-out, and the last one a time-out more. */
const HANG_MS = 60_000;
const MAX_KIB = 256 * 1024;
const NAMES = ['*.lab.test', '*.sts.lab.test', '*.evil.test', 'evil-lab.test', 'localhost'];
const recorder = pathToFileURL(join(import.meta.dirname, '../fixtures/peak-memory.mjs')).href;

export interface Attempt extends CliResult {
  /** What reached servers, and in `log` the same in short. */
  asked: readonly Asked[];
  log: readonly string[];
  peakKib: number;
}

export interface AttackOptions extends NamedHostsOptions {
  env?: Record<string, string | undefined>;
  /** `sign-in --json --no-input` with the address unless given. */
  command?: string[];
}

export interface Attacked {
  lab: SignInLab;
  /** What a command finds in its environment that is to be led to `hosts`. */
  environment(hosts: NamedHosts): Record<string, string | undefined>;
  hosts(sites: readonly Site[], options?: NamedHostsOptions): Promise<NamedHosts>;
  /** Runs `lyncauth sign-in` with `args` against `sites`, which are asked in turn. */
  attempt(sites: readonly Site[], args?: string[], options?: AttackOptions): Promise<Attempt>;
  stop(): Promise<void>;
}

/** A user with an enrolled card, whose organisation is what each attempt says. */
export async function startAttacked(): Promise<Attacked> {
  const lab = await startSignInLab();
  const names = certify(NAMES);
  const open: NamedHosts[] = [];
  const environment: Attacked['environment'] = (hosts) => ({
    ...hosts.env,
    LYNCAUTH_CA_FILE: hosts.caFile,
    LYNCAUTH_SERVER: undefined,
    LYNCAUTH_TRUST_DOMAIN: undefined,
    LYNCAUTH_TIMEOUT: String(TIMEOUT),
  });
  const hosts: Attacked['hosts'] = async (sites, options) => {
    const started = await startNamedHosts(names, sites, options);
    open.push(started);
    return started;
  };
  return {
    lab,
    environment,
    hosts,
    attempt: async (sites, args = [], options = {}) => {
      const { env, command = ['sign-in', '--json', '--no-input', ALICE], ...more } = options;
      const servers = await hosts(sites, more);
      const file = join(lab.dir, 'peak-memory');
      const watched = { NODE_OPTIONS: `--import=${recorder}`, PEAK_MEMORY: file };
      const result = await lab.run([...command, ...args], {
        env: { ...environment(servers), ...watched, ...env },
        timeoutMs: HANG_MS,
      });
      const peakKib = Number(readFileSync(file, 'utf8'));
      rmSync(file);
      return { ...result, asked: servers.asked, log: servers.log, peakKib };
    },
    stop: async () => {
      for (const each of open) await each.close();
      await lab.stop();
    },
  };
}

/**
 * Expects a refusal with one of `codes`, in plain words on one line, within the limits on memory, and nothing kept of it; and that no stranger
 * has got anything but the question where the servers are.
 *
 * @returns the error, as scripts read it
 */
export function expectRefused(attempt: Attempt, lab: SignInLab, exitCode: number, ...codes: string[]): { message: string; hint: string } {
  const { error } = attempt.json();
  expect([attempt.code, error.code, error.message], error.message).toEqual([exitCode, expect.toBeOneOf(codes), expect.any(String)]);
  expect(error.hint).toMatch(/\w/);
  expectSound(attempt);
  expect(lab.stored()).toEqual([]);
  return error;
}

/** Expects what must hold of any run. */
export function expectSound({ stdout, stderr, peakKib, asked }: Attempt): void {
  for (const text of [stdout, stderr]) {
    expect(text).not.toMatch(/^\s+at |node:internal|INTERNAL|unexpected error/m);
    // Nothing but line feeds moves a cursor, and nothing turns the direction of letters.
    expect(text).not.toMatch(/[^\P{Cc}\n]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
    expect(text.length).toBeLessThan(64 * 1024);
  }
  expect(peakKib).toBeGreaterThan(0);
  expect(peakKib).toBeLessThan(MAX_KIB);
  expect(asked.filter(isGift)).toEqual([]);
}

/** Whether a stranger, or anybody over http, got a credential, the certificate, or a body. */
function isGift({ host, secure, method, headers, form, shown, query }: Asked): boolean {
  const stranger = /evil/.test(host) || !secure;
  const given = method !== 'GET' || form.size > 0 || shown !== undefined || query.has('wresult');
  return stranger && (given || headers.cookie !== undefined || headers.authorization !== undefined);
}
