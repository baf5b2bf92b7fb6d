/** Samba for a test: an Active Directory domain controller of which only the KDC runs, for accounts whose sign-in address has a domain of its own. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeKdcIdentity } from './kdc-identity.js';
import { type KerberosRealm, writeClientConfiguration } from './kerberos-client.js';
import { startProcess } from './server-process.js';

const REALM = 'AD.LAB.TEST';
/** Samba's modules are those of Debian's Python. */
const PYTHON = '/usr/bin/python3';
const PROVISION = join(import.meta.dirname, '../fixtures/samba/provision.py');

export interface SambaDc extends KerberosRealm {
  stop(): Promise<void>;
}

/** @param options - `labDir`: the practice organisation's directory; `users`: account names and their UPNs; `otherRoots`: PEM, trusted by clients alone */
export async function startSambaDc(options: { labDir: string; users: Record<string, string>; otherRoots?: string }): Promise<SambaDc> {
  const { labDir, users, otherRoots = '' } = options;
  const domain = mkdtempSync(join(tmpdir(), 'lyncauth-domain-'));
  const remove = () => rmSync(domain, { recursive: true, force: true });
  try {
    provision(domain, users);
    const { dir, port, output, stop } = await startProcess({
      name: 'samba',
      ready: /finished starting up and ready to serve connections/,
      ports: 2,
      command: (first, dir) => configure(dir, first, domain, labDir),
    });
    return {
      realm: REALM,
      configuration: writeClientConfiguration({
        dir,
        realm: REALM,
        port,
        roots: `${readFileSync(join(labDir, 'ca.pem'), 'utf8')}${otherRoots}`,
      }),
      log: output,
      stop: () => stop().finally(remove),
    };
  } catch (error) {
    remove();
    throw error;
  }
}

function provision(domain: string, users: Record<string, string>): void {
  const accounts = Object.entries(users).map(([name, upn]) => `${name}=${upn}`);
  const env = { PATH: process.env.PATH, HOME: domain, TMPDIR: tmpdir() };
  execFileSync(PYTHON, [PROVISION, domain, REALM.toLowerCase(), ...accounts], { env, stdio: 'pipe' });
}

function configure(dir: string, port: number, domain: string, labDir: string): string[] {
  writeFileSync(
    join(dir, 'krb5-kdc.conf'),
    `[libdefaults]
  default_realm = ${REALM}
  dns_lookup_kdc = false
[kdc]
  enable-pkinit = yes
  pkinit_identity = FILE:${writeKdcIdentity(dir, labDir, REALM)}
  pkinit_anchors = FILE:${labDir}/ca.pem
  pkinit_principal_in_certificate = yes
  pkinit_win2k_require_binding = yes
`,
  );
  const configuration = join(dir, 'smb.conf');
  writeFileSync(configuration, readFileSync(join(domain, 'etc', 'smb.conf')));
  const folders = ['pid directory', 'ncalrpc dir', 'winbindd socket directory', 'ntp signd socket directory', 'usershare path'];
  appendFileSync(
    configuration,
    `
[global]
${folders.map((name) => `  ${name} = ${dir}/${name.replaceAll(' ', '-')}`).join('\n')}
  log level = 5
  interfaces = 127.0.0.1/8
  bind interfaces only = yes
  server services = kdc
  krb5 port = ${port}
  kpasswd port = ${port + 1}
`,
  );
  return [
    'env',
    `KRB5_CONFIG=${dir}/krb5-kdc.conf`,
    '/usr/sbin/samba',
    '-F',
    '--no-process-group',
    '-M',
    'single',
    '--debug-stdout',
    '-s',
    configuration,
  ];
}
