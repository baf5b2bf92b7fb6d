/** What a command finds in its environment inside `lyncauth lab run`, and the files that this names. Starts nothing. */
import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { LyncauthError } from '../errors.js';
import { type Account, findAccount } from './accounts.js';
import { rootFile } from './authority-files.js';
import { writePrivate } from './directory.js';

type Environment = Record<string, string | undefined>;

/** PIN of every practice card: chosen to be nobody's published default. */
export const PRACTICE_PIN = '735194';
export const PRACTICE_SO_PIN = '46735194';

/** The configuration of SoftHSM for the cards in `dir`; written here, and the folder for the cards made. */
export function writeTokenConfiguration(dir: string): string {
  const tokens = join(dir, 'tokens');
  const file = join(dir, 'softhsm2.conf');
  mkdirSync(tokens, { recursive: true, mode: 0o700 });
  const lines = [`directories.tokendir = ${tokens}`, 'objectstore.backend = file', 'log.level = ERROR', 'slots.removable = true'];
  writePrivate(file, `${lines.join('\n')}\n`);
  return file;
}

/**
 * The environment for a command: `base` without its LYNCAUTH_* settings, which belong to real cards and servers, plus those of the
 * practice organisation.
 *
 * @param practice - `origin`: of the HTTPS host; `cardLabel`: of the card in use; `modulePath`: SoftHSM.
 */
export function commandEnvironment(
  base: Readonly<Environment>,
  practice: { dir: string; origin: string; modulePath: string; tokenConfiguration: string; cardLabel: string },
): Environment {
  const { dir } = practice;
  const alice = findAccount('LAB\\alice') as Account;
  const kept = Object.entries(base).filter(([name]) => !name.startsWith('LYNCAUTH_'));
  return {
    ...Object.fromEntries(kept),
    ...withoutProxy(base),
    PATH: [writeLauncher(dir), base.PATH].filter(Boolean).join(delimiter),
    SOFTHSM2_CONF: practice.tokenConfiguration,
    LYNCAUTH_MODULE: practice.modulePath,
    LYNCAUTH_CARD: practice.cardLabel,
    LYNCAUTH_CA: `${practice.origin}/certsrv`,
    LYNCAUTH_CA_FILE: rootFile(dir),
    // The practice CA checks passwords itself, which Windows does by NTLM or Kerberos.
    LYNCAUTH_AUTH: 'basic',
    LYNCAUTH_SERVER: practice.origin,
    // AD FS and the pool are here, not at the domain of the addresses.
    LYNCAUTH_TRUST_DOMAIN: 'localhost',
    LYNCAUTH_USER: alice.name,
    LYNCAUTH_UPN: alice.upn,
    LYNCAUTH_PIN_FILE: writeSecret(dir, 'pin', PRACTICE_PIN),
    LYNCAUTH_PASSWORD_FILE: writeSecret(dir, 'password', alice.password),
    LYNCAUTH_CONFIG_DIR: join(dir, 'config'),
    LYNCAUTH_LAB_DIR: dir,
  };
}

/** A proxy cannot reach this computer's loopback. */
function withoutProxy(base: Readonly<Environment>): Environment {
  const list = [base.NO_PROXY ?? base.no_proxy, 'localhost', '127.0.0.1'].filter(Boolean).join(',');
  return { NO_PROXY: list, no_proxy: list };
}

function writeSecret(dir: string, name: string, text: string): string {
  const file = join(dir, name);
  writePrivate(file, `${text}\n`);
  return file;
}

/** Puts a `lyncauth` that is this very program into a folder of `dir`, and returns the folder. */
function writeLauncher(dir: string): string {
  const folder = join(dir, 'bin');
  const program = findProgram(import.meta.dirname);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const quote = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`;
  writePrivate(join(folder, 'lyncauth'), `#!/bin/sh\nexec ${quote(process.execPath)} ${quote(program)} "$@"\n`, 0o700);
  if (process.platform === 'win32') writePrivate(join(folder, 'lyncauth.cmd'), `@"${process.execPath}" "${program}" %*\r\n`, 0o700);
  return folder;
}

/** bin/lyncauth.js of the package this file is in, whether bundled or not. */
function findProgram(folder: string): string {
  const program = join(folder, 'bin', 'lyncauth.js');
  if (existsSync(program)) return program;
  if (dirname(folder) === folder) throw new LyncauthError('FAILED', 'bin/lyncauth.js is missing from this installation');
  return findProgram(dirname(folder));
}
