/** kinit for a test: MIT's own client, which asks the card for a signature and the KDC for a ticket (PKINIT, RFC 4556). */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CliResult, runCommand } from './cli.js';
import { softhsmModule, type TestToken } from './softhsm.js';
import { tempDir } from './temp-dir.js';

export interface KerberosRealm {
  realm: string;
  /** Path of the krb5.conf of clients. */
  configuration: string;
  /** What the KDC has logged so far. */
  log(): string;
}

export interface Kinit {
  /** Of kinit. */
  code: number | null;
  stderr: string;
  /** The name in the ticket and the names of all tickets, as klist shows them; none when there is no ticket. */
  principal: string | undefined;
  tickets: string[];
  /** What the KDC logged meanwhile. */
  log: string;
  /** Path of the tickets. */
  cache: string;
  /** Of libkrb5 in the client. */
  trace: string;
}

/** The realm's clients: no DNS, TCP only, no second attempt at another server. @param roots - PEM, for the KDC's certificate and one's own */
export function writeClientConfiguration(given: { dir: string; realm: string; port: number; roots: string }): string {
  const { dir, realm, port } = given;
  writeFileSync(join(dir, 'client-roots.pem'), given.roots);
  const file = join(dir, 'krb5-client.conf');
  writeFileSync(
    file,
    `[libdefaults]
  default_realm = ${realm}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
[realms]
  ${realm} = {
    kdc = 127.0.0.1:${port}
    primary_kdc = 127.0.0.1:${port}
    pkinit_anchors = FILE:${dir}/client-roots.pem
  }
[domain_realm]
  localhost = ${realm}
`,
  );
  return file;
}

/** Gets a ticket with the card, into a cache of its own. Only inside a test. @param options - `clock`: how far the client's is off, as faketime has it */
export async function kinit(at: KerberosRealm, card: TestToken, args: readonly string[], options: { clock?: string } = {}): Promise<Kinit> {
  const dir = tempDir('kinit');
  const cache = join(dir, 'tickets');
  const trace = join(dir, 'trace');
  const env = { ...card.env, KRB5_CONFIG: at.configuration, KRB5CCNAME: `FILE:${cache}`, KRB5_TRACE: trace };
  const before = at.log().length;
  const identity = `X509_user_identity=PKCS11:module_name=${softhsmModule()}:token=${card.label}`;
  const shifted = options.clock === undefined ? [] : ['faketime', '-f', options.clock];
  const { code, stderr } = await runCommand([...shifted, 'kinit', '-X', identity, ...args], { env, input: `${card.pin}\n` });
  const listed = existsSync(cache) ? await runCommand(['klist'], { env }) : undefined;
  return { code, stderr, ...readList(listed), log: at.log().slice(before), cache, trace };
}

function readList(listed: CliResult | undefined): Pick<Kinit, 'principal' | 'tickets'> {
  const text = listed?.stdout ?? '';
  return {
    principal: /^Default principal: (.*)$/m.exec(text)?.[1],
    tickets: [...text.matchAll(/^\d\S+ \S+ +\S+ \S+ +(\S+)$/gm)].map(([, name = '']) => name),
  };
}
