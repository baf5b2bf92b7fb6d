/** Names of CAs that issued nothing here, for a server to call acceptable. */
import { generateKeyPairSync } from 'node:crypto';
import { selfSigned } from '../../x509/issue-certificate.js';
import { encodeCertificate } from '../encode.js';

const DAY_MS = 24 * 60 * 60 * 1000;
let made: string[] = [];

/** `count` certificates of CAs that nobody has, PEM; the same ones every time. */
export function otherIssuers(count: number): string[] {
  if (made.length < count) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const notBefore = new Date(Date.now() - DAY_MS);
    const notAfter = new Date(Date.now() + DAY_MS);
    made = Array.from({ length: count }, (_, number) =>
      encodeCertificate(
        selfSigned({ subject: `CN=Somebody else's CA ${number},O=Not of this organisation`, notBefore, notAfter, isCa: true }, privateKey),
      ),
    );
  }
  return made.slice(0, count);
}
