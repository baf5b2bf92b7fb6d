/** MIT Kerberos for a test: a realm whose users have no password, so that only a card can get a ticket. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeKdcIdentity } from './kdc-identity.js';
import { type KerberosRealm, writeClientConfiguration } from './kerberos-client.js';
import { startProcess } from './server-process.js';

/** MIT compares the realm of the certificate's UPN with its own letter for letter, and the practice organisation's UPNs are in small letters. */
export const MIT_REALM = 'lab.test';
const PID_FILE = 'kdc.pid';

export interface MitKdc extends KerberosRealm {
  /** The keys of a service. @param principal - such as `HTTP/localhost` @returns path of the keytab */
  keytab(principal: string): string;
  stop(): Promise<void>;
}

/** @param options - `labDir`: the practice organisation's directory; `users`: names without realm; `otherRoots`: PEM, trusted by clients alone */
export async function startMitKdc(options: { labDir: string; users: readonly string[]; otherRoots?: string }): Promise<MitKdc> {
  const kdc = await startProcess({
    name: 'mit-kdc',
    ready: PID_FILE,
    command(port, dir) {
      setUp(dir, port, options);
      return [
        'env',
        ...Object.entries(environment(dir)).map(([name, value]) => `${name}=${value}`),
        '/usr/sbin/krb5kdc',
        '-n',
        '-P',
        PID_FILE,
      ];
    },
  });
  const { dir, port } = kdc;
  return {
    realm: MIT_REALM,
    configuration: writeClientConfiguration({ dir, realm: MIT_REALM, port, roots: readRoots(options) }),
    log: () => readFileSync(join(dir, 'kdc.log'), 'utf8'),
    keytab: (principal) => {
      const file = join(dir, 'service.keytab');
      administer(dir, `addprinc -randkey ${principal}@${MIT_REALM}`);
      administer(dir, `ktadd -k ${file} ${principal}@${MIT_REALM}`);
      return file;
    },
    stop: kdc.stop,
  };
}

/** The clients' file is another one: what it says of roots, the KDC would believe too. */
function environment(dir: string): Record<string, string> {
  return { KRB5_CONFIG: join(dir, 'krb5-kdc.conf'), KRB5_KDC_PROFILE: join(dir, 'kdc.conf') };
}

function setUp(dir: string, port: number, { labDir, users }: { labDir: string; users: readonly string[] }): void {
  const identity = writeKdcIdentity(dir, labDir, MIT_REALM);
  writeFileSync(join(dir, 'krb5-kdc.conf'), `[libdefaults]\n  default_realm = ${MIT_REALM}\n  dns_lookup_kdc = false\n`);
  writeFileSync(
    join(dir, 'kdc.conf'),
    `[kdcdefaults]
  kdc_listen = 127.0.0.1:${port}
  kdc_tcp_listen = 127.0.0.1:${port}
[realms]
  ${MIT_REALM} = {
    database_name = ${dir}/principal
    key_stash_file = ${dir}/stash
    acl_file = ${dir}/no-acl
    pkinit_identity = FILE:${identity}
    pkinit_anchors = FILE:${labDir}/ca.pem
    pkinit_eku_checking = scLogin
    pkinit_allow_upn = true
  }
[logging]
  kdc = FILE:${dir}/kdc.log
`,
  );
  const env = { ...process.env, ...environment(dir) };
  execFileSync('/usr/sbin/kdb5_util', ['create', '-s', '-r', MIT_REALM, '-P', 'not a secret'], { env, stdio: 'pipe' });
  for (const user of users) administer(dir, `addprinc -nokey +requires_preauth ${user}@${MIT_REALM}`);
}

function administer(dir: string, query: string): void {
  execFileSync('/usr/sbin/kadmin.local', ['-r', MIT_REALM, '-q', query], { env: { ...process.env, ...environment(dir) }, stdio: 'pipe' });
}

function readRoots({ labDir, otherRoots = '' }: { labDir: string; otherRoots?: string }): string {
  return `${readFileSync(join(labDir, 'ca.pem'), 'utf8')}${otherRoots}`;
}
