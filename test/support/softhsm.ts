/** SoftHSM tokens for tests: each in a private directory with a private configuration, never the system's. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const places = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib64/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
];

export interface TokenOptions {
  /** CKA label of the token, at most 32 bytes. */
  label?: string;
  pin?: string;
  soPin?: string;
}

export interface TestToken {
  /** Holds everything; removed by remove(). */
  dir: string;
  /** Path of the configuration file, for SOFTHSM2_CONF. */
  conf: string;
  modulePath: string;
  label: string;
  pin: string;
  soPin: string;
  /** What a process needs in its environment to see this token. The library reads it at C_Initialize. */
  env: { SOFTHSM2_CONF: string };
  /** Makes one more token in the same directory. */
  add(options: TokenOptions): void;
  remove(): void;
}

/** Path of the SoftHSM library. Throws, naming the script that installs it, where there is none. */
export function softhsmModule(): string {
  const found = places.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`SoftHSM is not installed (looked at ${places.join(', ')}): run scripts/softhsm-setup.sh`);
  return found;
}

/** Makes an initialised token. By default: label `Test card`, PIN 24680135, security officer's PIN 13572468. */
export function createToken(options: TokenOptions = {}): TestToken {
  const { label = 'Test card', pin = '24680135', soPin = '13572468' } = options;
  const { dir, conf } = createEmptyToken();
  const env = { SOFTHSM2_CONF: conf };
  const add = (more: TokenOptions) => initialise(env, { label, pin, soPin, ...more });
  add({});
  return {
    dir,
    conf,
    modulePath: softhsmModule(),
    label,
    pin,
    soPin,
    env,
    add,
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** A directory and a configuration without a token: the module then shows one slot that is not initialised. */
export function createEmptyToken(): { dir: string; conf: string } {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-softhsm-'));
  const conf = join(dir, 'softhsm2.conf');
  mkdirSync(join(dir, 'tokens'), { mode: 0o700 });
  const lines = [
    `directories.tokendir = ${join(dir, 'tokens')}`,
    'objectstore.backend = file',
    'log.level = ERROR',
    // Slots say CKF_REMOVABLE_DEVICE, as a reader's do.
    'slots.removable = true',
  ];
  writeFileSync(conf, `${lines.join('\n')}\n`, { mode: 0o600 });
  return { dir, conf };
}

function initialise(env: { SOFTHSM2_CONF: string }, token: Required<TokenOptions>): void {
  const command = ['--init-token', '--free', '--label', token.label, '--pin', token.pin, '--so-pin', token.soPin];
  execFileSync('softhsm2-util', command, { env: { ...process.env, ...env }, stdio: 'pipe' });
}
