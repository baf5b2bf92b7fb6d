/** Small parts for the tests of enrollment: a CA in memory, a key in memory, a journal record. */
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { EnrollmentPlan } from '../../../src/enrollment/plan.js';
import type { Signer } from '../../../src/signer.js';
import { readCertificate } from '../../../src/x509/certificate.js';
import { type CertificateContent, type Issuer, issueCertificate, selfSigned } from '../../../src/x509/issue-certificate.js';
import { OID } from '../../../src/x509/oids.js';

export const NOW = new Date('2026-06-01T00:00:00Z');
export const DAY = 24 * 60 * 60 * 1000;
export const inDays = (days: number): Date => new Date(NOW.getTime() + days * DAY);

export function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

export function spki(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

/** A CA of the name `CN=Test CA`, valid for years. */
export function newCa(): Issuer {
  const key = newKey();
  const content = {
    subject: 'CN=Test CA',
    notBefore: inDays(-1000),
    notAfter: inDays(1000),
    isCa: true,
    keyUsage: ['keyCertSign'] as const,
  };
  return { certificate: selfSigned(content, key), key };
}

/** A certificate for Alice and `publicKey`, from yesterday for a year unless `changes` says otherwise. DER. */
export function issueTo(publicKey: Buffer, ca: Issuer, changes: Partial<CertificateContent> = {}): Buffer {
  const content: CertificateContent = {
    subject: 'CN=Alice',
    publicKey,
    notBefore: inDays(-1),
    notAfter: inDays(364),
    keyUsage: ['digitalSignature', 'keyEncipherment'],
    extendedKeyUsage: [OID.clientAuth, OID.smartcardLogon],
    upn: 'alice@lab.test',
    template: { name: 'SmartcardUser' },
    ...changes,
  };
  return issueCertificate(content, ca);
}

export const read = readCertificate;

/** A signer with `publicKey` that signs with `key`: with another key it claims what it cannot prove. */
export function softwareSigner(key: KeyObject, publicKey = spki(key)): Signer {
  const signSync = (data: Uint8Array) => sign('sha256', data, key);
  return { publicKey, supports: () => true, sign: async (data) => signSync(data), signSync };
}

export function plan(changes: Partial<EnrollmentPlan> = {}): EnrollmentPlan {
  return {
    ca: 'https://ca.test/certsrv',
    template: 'SmartcardUser',
    upn: 'alice@lab.test',
    keyType: 'p256',
    hash: 'sha256',
    name: 'alice',
    existingKey: undefined,
    replace: false,
    deleteOldKey: false,
    clientInfo: undefined,
    ...changes,
  };
}
