/** Runs the programs of test/fixtures/native: a process of their own each, with the addon, keys and certificates, and options. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueCertificate } from '../../src/x509/issue-certificate.js';
import { encodePem } from '../../src/x509/pem.js';
import { type CliResult, runCommand } from './cli.js';
import { createAuthority, type ServerIdentity } from './loopback-https.js';
import { openssl } from './openssl.js';

const DAY = 24 * 3600 * 1000;
const PASSPHRASE = 'open sesame';
const root = join(import.meta.dirname, '../..');

/** The addon as it is installed. */
export const installedAddon: string = join(root, 'native/build/Release/lyncauth.node');

/** What the programs find in their JSON file. All keys and certificates PEM. */
export interface Material {
  /** The root that issued all certificates. */
  ca: string;
  server: { cert: string; key: string };
  clients: Record<'rsa' | 'p256' | 'p384' | 'p521' | 'other', { cert: string; key: string }>;
  /** PKCS#12 of the client `rsa`, base64. */
  pfx: { file: string; passphrase: string };
  /** The key of the client `rsa`. */
  encrypted: { key: string; passphrase: string };
}

export interface NativePrograms {
  dir: string;
  material: Material;
  /**
   * Runs `NAME.mjs` and expects that it ends by itself with `exitCode` (default 0), says nothing on standard error, and prints one line.
   *
   * @returns what the line says
   */
  // biome-ignore lint/suspicious/noExplicitAny: each program has facts of its own; tests say which by asserting
  run(name: string, options?: object, run?: ProgramRun): Promise<any>;
  /** Runs it and expects nothing. */
  start(name: string, options?: object, run?: ProgramRun): Promise<CliResult>;
  remove(): void;
}

export interface ProgramRun {
  addon?: string;
  env?: Record<string, string>;
  flags?: string[];
  exitCode?: number;
  stderr?: string;
}

/** Keys and certificates for one test file, in a folder of its own; `defaults` hold for every run. */
export function createNativePrograms(defaults: ProgramRun = {}): NativePrograms {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-native-'));
  const material = createMaterial();
  const file = join(dir, 'material.json');
  writeFileSync(file, JSON.stringify(material), { mode: 0o600 });
  const start = (name: string, options: object = {}, run: ProgramRun = {}) => {
    const { addon = installedAddon, flags = [] } = { ...defaults, ...run };
    const env = { ...defaults.env, ...run.env };
    const program = join(root, 'test/fixtures/native', `${name}.mjs`);
    const command = [process.execPath, '--expose-gc', ...flags, program, addon, file, JSON.stringify(options)];
    return runCommand(command, { env, timeoutMs: 110_000 });
  };
  return {
    dir,
    material,
    start,
    run: async (name, options, run = {}) => {
      const result = await start(name, options, run);
      const { exitCode = 0, stderr = '' } = run;
      const said = { code: result.code, signal: result.signal, stderr: result.stderr };
      if (said.code !== exitCode || said.stderr !== stderr)
        throw new Error(`${name} ${JSON.stringify(options)}: ${JSON.stringify(said, null, 1)}`);
      return result.json();
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function createMaterial(): Material {
  const authority = createAuthority();
  const ecKey = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey;
  const rsaKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const client = (name: string, key: KeyObject) => {
    const certificate = issueCertificate(
      {
        subject: `CN=${name}`,
        publicKey: createPublicKey(key).export({ type: 'spki', format: 'der' }),
        notBefore: new Date(Date.now() - DAY),
        notAfter: new Date(Date.now() + DAY),
        keyUsage: ['digitalSignature'],
        extendedKeyUsage: ['1.3.6.1.5.5.7.3.2'],
      },
      authority.issuer,
    );
    return { cert: encodePem('CERTIFICATE', certificate), key: pemOf(key) };
  };
  const clients = {
    rsa: client('rsa', rsaKey()),
    p256: client('p256', ecKey('P-256')),
    p384: client('p384', ecKey('P-384')),
    p521: client('p521', ecKey('P-521')),
    other: client('other', rsaKey()),
  };
  const { certificate, key }: ServerIdentity = authority.identity();
  const pkcs12 = openssl(['pkcs12', '-export', '-in', 'cert.pem', '-inkey', 'key.pem', '-passout', `pass:${PASSPHRASE}`], {
    files: { 'cert.pem': clients.rsa.cert, 'key.pem': clients.rsa.key },
  });
  const encrypted = createPrivateKey(clients.rsa.key).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: PASSPHRASE,
  });
  return {
    ca: authority.pem,
    server: { cert: certificate, key },
    clients,
    pfx: { file: pkcs12.toString('base64'), passphrase: PASSPHRASE },
    encrypted: { key: encrypted.toString(), passphrase: PASSPHRASE },
  };
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
