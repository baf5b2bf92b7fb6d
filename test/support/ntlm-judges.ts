/** Programs of others that judge a logon by NTLM: an acceptor of the system's GSSAPI with gss-ntlmssp, and Samba's ntlm_auth. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { shared } from './shared.js';
import { tempDir } from './temp-dir.js';

export interface JudgedAccount {
  /** `LAB`. */
  domain: string;
  /** `alice`. */
  user: string;
  password: string;
}

/** A judge of one logon. */
export interface NtlmJudge {
  /** Takes the first message and returns the challenge. */
  begin(negotiate: Buffer): Promise<Buffer>;
  /** Takes the last message and returns the verdict in the judge's own words. */
  finish(authenticate: Buffer): Promise<string>;
}

/** A file as gss-ntlmssp reads it, by NTLM_USER_FILE. */
export function writeNtlmUsers(path: string, accounts: readonly JudgedAccount[], mode = 0o600): void {
  writeFileSync(path, accounts.map(({ domain, user, password }) => `${domain}:${user}:${password}\n`).join(''), { mode });
}

/** test/fixtures/gss-acceptor, compiled for the tests of a file. Call it where the file's hooks are. */
export function useGssAcceptor(): { readonly program: string } {
  return shared(
    async () => {
      const dir = mkdtempSync(join(tmpdir(), 'lyncauth-acceptor-'));
      const program = join(dir, 'gss-acceptor');
      const source = join(import.meta.dirname, '../fixtures/gss-acceptor/gss-acceptor.c');
      execFileSync(process.env.CC ?? 'cc', ['-Wall', '-Wextra', '-o', program, source, '-lgssapi_krb5'], { stdio: 'inherit' });
      return { program, dir };
    },
    async ({ dir }) => rmSync(dir, { recursive: true }),
  );
}

/** Only inside a test. Verdicts: `accepted FLAGS NAME`, `refused WHY`; see {@link isBound}. @param bindings - application data of the connection's channel bindings */
export function gssAcceptor({ program }: { readonly program: string }, accounts: readonly JudgedAccount[], bindings?: Buffer): NtlmJudge {
  const users = join(tempDir('ntlm'), 'users');
  writeNtlmUsers(users, accounts);
  const ask = converse([program, ...(bindings === undefined ? [] : [bindings.toString('hex')])], { NTLM_USER_FILE: users });
  return {
    begin: async (negotiate) => {
      const [word, token = ''] = (await ask(negotiate.toString('hex'))).split(' ');
      if (word !== 'token') throw new Error(`the acceptor gave no challenge: ${word} ${token}`);
      return Buffer.from(token, 'hex');
    },
    finish: (authenticate) => ask(authenticate.toString('hex')),
  };
}

/** Whether a verdict of the acceptor says that this account was logged on and the channel bound (draft-ietf-kitten-channel-bound-flag, 0x800). */
export function isBound(verdict: string, name: string): boolean {
  const [, flags = '0', who] = /^accepted (0x[0-9a-f]+) (.*)$/.exec(verdict) ?? [];
  return who === name && (Number(flags) & 0x800) !== 0;
}

/** Only inside a test. Samba alone, without a domain or a daemon. Verdicts: `AF NAME`, `NA REASON`. */
export function ntlmAuth({ domain, user, password }: JudgedAccount): NtlmJudge {
  const dir = tempDir('ntlm');
  const configuration = join(dir, 'smb.conf');
  const folders = ['private dir', 'lock directory', 'state directory', 'cache directory', 'pid directory'].map(
    (name) => `${name} = ${dir}`,
  );
  writeFileSync(configuration, ['[global]', `workgroup = ${domain}`, 'server role = standalone', ...folders, ''].join('\n'));
  const account = [`--username=${user}`, `--password=${password}`, `--domain=${domain}`];
  const ask = converse(['/usr/bin/ntlm_auth', '--helper-protocol=squid-2.5-ntlmssp', ...account, `--configfile=${configuration}`]);
  return {
    begin: async (negotiate) => {
      const [word, token = ''] = (await ask(`YR ${negotiate.toString('base64')}`)).split(' ');
      if (word !== 'TT') throw new Error(`ntlm_auth gave no challenge: ${word} ${token}`);
      return Buffer.from(token, 'base64');
    },
    finish: (authenticate) => ask(`KK ${authenticate.toString('base64')}`),
  };
}

/** Starts a program that answers each line by a line; it ends with the test. */
function converse([file = '', ...args]: readonly string[], env: Record<string, string> = {}): (line: string) => Promise<string> {
  const child = spawn(file, args, { env: { PATH: process.env.PATH, ...env }, stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async (line) => {
    child.stdin.write(`${line}\n`);
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`${file} ended without an answer`);
    return value;
  };
}
