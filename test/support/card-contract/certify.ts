/** Certificates of the practice organisation for keys that the contract has made itself. */
import { type Account, findAccount } from '../../../src/lab/accounts.js';
import { readRoot } from '../../../src/lab/authority-files.js';
import { issueUserCertificate } from '../../../src/lab/issuance.js';
import { type CertificateTemplate, findTemplate } from '../../../src/lab/templates.js';
import { issueCertificate } from '../../../src/x509/issue-certificate.js';
import type { TestLab } from '../lab.js';

const DAY_MS = 24 * 3600 * 1000;

/** One that nobody can sign in with. Public key (SPKI) and certificate: DER, base64. */
export function certifyNobody({ dir }: TestLab, publicKey: string): string {
  const dates = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) };
  return issueCertificate({ subject: 'CN=contract', publicKey: Buffer.from(publicKey, 'base64'), ...dates }, readRoot(dir)).toString(
    'base64',
  );
}

/** Alice's, as the CA would issue it. */
export function certifyAlice({ dir, env }: TestLab, publicKey: string): string {
  const authority = { root: readRoot(dir), origin: new URL(env.LYNCAUTH_CA ?? '').origin, now: () => new Date() };
  const template = findTemplate('SmartcardUser') as CertificateTemplate;
  const account = findAccount('LAB\\alice') as Account;
  return issueUserCertificate(authority, { publicKey: Buffer.from(publicKey, 'base64'), template, account }, []).toString('base64');
}
