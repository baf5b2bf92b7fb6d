/** Certificates that a person could sign in with, but for their dates: whose key is on no card. */
import { generateKeyPairSync } from 'node:crypto';
import { selfSigned } from '../../src/x509/issue-certificate.js';

const DAY_MS = 24 * 3600 * 1000;
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

export interface Dates {
  upn: string;
  /** From now; in the past unless given. */
  startsInDays?: number;
  endsInDays: number;
}

/** @returns DER, and when it ends */
export function userCertificate({ upn, startsInDays = -400, endsInDays }: Dates): { value: Buffer; notAfter: Date } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const inDays = (days: number) => new Date(Date.now() + days * DAY_MS);
  const notAfter = inDays(endsInDays);
  const content = {
    ...{ subject: 'CN=Test user', notBefore: inDays(startsInDays), notAfter },
    ...{ keyUsage: ['digitalSignature'] as const, extendedKeyUsage: [CLIENT_AUTH], upn },
  };
  return { value: selfSigned(content, privateKey), notAfter };
}
