/** A card that was enrolled, copied with another certificate for the same key: nothing else about it differs. */
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { readRoot } from '../../src/lab/authority-files.js';
import type { CertificateContent, Issuer } from '../../src/x509/issue-certificate.js';
import { issueCertificate } from '../../src/x509/issue-certificate.js';
import { expectOneEnrollment } from './enrolled-card.js';
import type { TestLab } from './lab.js';
import { createEmptyToken, type TestToken } from './softhsm.js';

const DAY_MS = 24 * 3600 * 1000;
export const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';
export const SMART_CARD_LOGON = '1.3.6.1.4.1.311.20.2.2';

export type Difference = Partial<CertificateContent> & { issuer?: Issuer };

/**
 * The copy, with a certificate that a domain takes as it takes that of the card, but for `difference`. Removed at the end of the test.
 *
 * @param difference - `issuer`: another than the practice CA
 */
export function recertified(lab: TestLab, { issuer = readRoot(lab.dir), ...difference }: Difference = {}): TestToken {
  const { keyId, certificate } = expectOneEnrollment(lab);
  const { dir, conf } = createEmptyToken();
  const remove = () => rmSync(dir, { recursive: true, force: true });
  onTestFinished(remove);
  cpSync(join(lab.token.dir, 'tokens'), join(dir, 'tokens'), { recursive: true });
  const card: TestToken = { ...lab.token, dir, conf, env: { SOFTHSM2_CONF: conf }, remove };
  const file = join(dir, 'certificate.der');
  writeFileSync(
    file,
    issueCertificate(
      {
        subject: 'CN=Alice Example',
        publicKey: certificate.publicKey.export({ type: 'spki', format: 'der' }),
        notBefore: new Date(Date.now() - DAY_MS),
        notAfter: new Date(Date.now() + DAY_MS),
        keyUsage: ['digitalSignature', 'keyEncipherment'],
        extendedKeyUsage: [CLIENT_AUTHENTICATION, SMART_CARD_LOGON],
        upn: 'alice@lab.test',
        ...difference,
      },
      issuer,
    ),
  );
  const object = ['--type', 'cert', '--id', keyId];
  pkcs11Tool(card, '--delete-object', ...object);
  pkcs11Tool(card, '--write-object', file, ...object);
  return card;
}

function pkcs11Tool(card: TestToken, ...args: string[]): void {
  const login = ['--module', card.modulePath, '--token-label', card.label, '--login', '--pin', card.pin];
  execFileSync('pkcs11-tool', [...login, ...args], { env: { ...process.env, ...card.env }, stdio: 'pipe' });
}
