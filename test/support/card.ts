/** A card for one test, in this process: SoftHSM, alone or behind the module that injects faults. All is closed and removed when the test ends. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type CardModule, type LoadOptions, loadModule } from '../../src/pkcs11/module.js';
import { login } from '../../src/pkcs11/pin.js';
import { selectReader } from '../../src/pkcs11/select.js';
import type { CardSession, SessionMode } from '../../src/pkcs11/session.js';
import { Secret } from '../../src/secret.js';
import { createFault, type Fault } from './fault-module.js';
import { createToken, type TestToken, type TokenOptions } from './softhsm.js';

export interface TestCard {
  token: TestToken;
  module: CardModule;
  pin: Secret;
  /** A session of its own. */
  open(mode?: SessionMode): CardSession;
  /** A read-write session that is logged in. */
  openLoggedIn(): CardSession;
}

/** A card on SoftHSM. */
export function openCard(options: TokenOptions & LoadOptions = {}): TestCard {
  const token = createToken(options);
  onTestFinished(() => token.remove());
  process.env.SOFTHSM2_CONF = token.conf;
  return toCard(token, token.modulePath, options);
}

/** The same behind the fault module. @param options - `rules`: those that stand when the module is loaded, which says then what it is */
export async function openFaultyCard(
  options: TokenOptions & LoadOptions & { rules?: string[] } = {},
): Promise<TestCard & { fault: Fault }> {
  const token = createToken(options);
  onTestFinished(() => token.remove());
  const fault = await createFault({ token });
  onTestFinished(() => fault.remove());
  Object.assign(process.env, fault.env);
  fault.rules(options.rules ?? []);
  return { ...toCard(token, fault.modulePath, options), fault };
}

/** A self-signed certificate and its names and serial number, DER, made by openssl. */
export function makeCertificate(name = 'Alice'): { der: Buffer; subject: Buffer; issuer: Buffer; serialNumber: Buffer } {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-certificate-'));
  try {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(dir, 'key')];
    execFileSync('openssl', ['req', '-x509', ...key, '-subj', `/CN=${name}`, '-outform', 'DER', '-out', join(dir, 'der')], {
      stdio: 'pipe',
    });
    const subject = Buffer.concat([
      Buffer.from([0x30, name.length + 11, 0x31, name.length + 9, 0x30, name.length + 7, 0x06, 3, 0x55, 4, 3, 0x0c, name.length]),
      Buffer.from(name),
    ]);
    return { der: readFileSync(join(dir, 'der')), subject, issuer: subject, serialNumber: Buffer.from([2, 1, 1]) };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function toCard(token: TestToken, modulePath: string, options: LoadOptions): TestCard {
  const module = loadModule(modulePath, options);
  onTestFinished(() => module.close());
  const pin = new Secret(token.pin);
  const open = (mode: SessionMode = 'read-only') => module.openSession(selectReader(module.readers(), token.label), mode);
  return {
    token,
    module,
    pin,
    open,
    openLoggedIn() {
      const session = open('read-write');
      login(session, pin);
      return session;
    },
  };
}
