/** A practice organisation for a test: its handler asked directly, with requests made by the openssl program. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findAccount } from '../../../src/lab/accounts.js';
import type { Authority } from '../../../src/lab/authority.js';
import { openRoot } from '../../../src/lab/authority-files.js';
import { openLabDirectory } from '../../../src/lab/directory.js';
import { writeFaults } from '../../../src/lab/fault-file.js';
import { parseFault } from '../../../src/lab/faults.js';
import type { LabHandler, LabResponse } from '../../../src/lab/message.js';
import { createOrganisation } from '../../../src/lab/organisation.js';

export const BROWSER = 'Mozilla/5.0 (test)';

export interface AskOptions {
  /** Account name; nobody logs on with `null`. */
  user?: string | null;
  password?: string;
  agent?: string;
  /** Form fields: makes it a POST. */
  form?: Record<string, string>;
  headers?: Record<string, string>;
}

export interface Lab {
  readonly dir: string;
  readonly authority: Authority;
  readonly handler: LabHandler;
  ask(path: string, options?: AskOptions): LabResponse;
  /** Posts a request as a client does; `csr` is PEM. */
  submit(csr: string, template?: string, options?: AskOptions): LabResponse;
  fault(...names: string[]): void;
  /** Runs openssl in the lab's directory; standard output and error together. */
  openssl(...args: string[]): string;
  /** Writes a file into the lab's directory. */
  write(name: string, data: string | Buffer): void;
  remove(): void;
}

const copyRoot = madeOnce(['ca.pem', 'ca.key'], (dir) => openRoot(dir, new Date()));

/**
 * Has `make` write files into a directory once for all labs of a test file: making an RSA key takes its time.
 *
 * @returns copies them into a lab's directory
 */
export function madeOnce(names: readonly string[], make: (dir: string) => Promise<unknown>): (dir: string) => Promise<void> {
  let files: Promise<Map<string, Buffer>> | undefined;
  async function made(): Promise<Map<string, Buffer>> {
    const dir = mkdtempSync(join(tmpdir(), 'lyncauth-made-'));
    try {
      await make(dir);
      return new Map(names.map((name) => [name, readFileSync(join(dir, name))]));
    } finally {
      rmSync(dir, { recursive: true });
    }
  }
  return async (dir) => {
    files ??= made();
    for (const [name, content] of await files) writeFileSync(join(dir, name), content, { mode: 0o600 });
  };
}

export async function createLab(): Promise<Lab> {
  const dir = openLabDirectory(mkdtempSync(join(tmpdir(), 'lyncauth-lab-test-')));
  await copyRoot(dir);
  const now = () => new Date();
  const authority: Authority = { dir, root: await openRoot(dir, now()), origin: 'https://localhost:4443', now };
  const handler = createOrganisation(authority);
  const ask = (path: string, options: AskOptions = {}) => handler(labRequest(path, options));
  return {
    dir,
    authority,
    handler,
    ask,
    submit: (csr, template = 'SmartcardUser', options = {}) =>
      ask('/certsrv/certfnsh.asp', {
        form: {
          Mode: 'newreq',
          CertRequest: csr,
          CertAttrib: `CertificateTemplate:${template}\r\n`,
          TargetStoreFlags: '0',
          SaveCert: 'yes',
        },
        ...options,
      }),
    fault: (...names) => writeFaults(dir, names.map(parseFault)),
    openssl: (...args) => execFileSync('sh', ['-c', 'exec openssl "$@" 2>&1', 'sh', ...args], { cwd: dir, encoding: 'utf8' }),
    write: (name, data) => writeFileSync(join(dir, name), data),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** A certification request made by openssl, PEM. */
export function createCsr(lab: Pick<Lab, 'openssl'>, key: string[] = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']): string {
  const output = lab.openssl('req', '-new', '-newkey', ...key, '-nodes', '-keyout', 'user.key', '-subj', '/CN=ignored');
  return output.slice(output.indexOf('-----BEGIN CERTIFICATE REQUEST'));
}

export function basicLogon(user: string, password?: string): string {
  const text = `${user}:${password ?? findAccount(user)?.password ?? ''}`;
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

function labRequest(path: string, options: AskOptions) {
  const url = new URL(path, 'https://localhost');
  const user = options.user === undefined ? 'LAB\\alice' : options.user;
  return {
    method: options.form === undefined ? 'GET' : 'POST',
    path: url.pathname,
    query: url.searchParams,
    headers: {
      ...(user === null ? {} : { authorization: basicLogon(user, options.password) }),
      ...(options.form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      'user-agent': options.agent ?? BROWSER,
      ...options.headers,
    },
    body: Buffer.from(new URLSearchParams(options.form).toString()),
  };
}
