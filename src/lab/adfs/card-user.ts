/** Whom a client certificate speaks for, as AD FS and the domain behind it decide. Says nothing to the client. */
import { readCertificate } from '../../x509/certificate.js';
import { isIssuedBy } from '../../x509/trust.js';
import { type Account, accounts, findAccount } from '../accounts.js';

const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';
const SMART_CARD_LOGON = '1.3.6.1.4.1.311.20.2.2';

/** The account, or why there is none, for the log. */
export type CardUser = { readonly account: Account } | { readonly refused: string };

/**
 * Checks issuer, dates and purpose of a certificate and maps it to an account: by its SID extension where it has one, else by its UPN.
 *
 * @param der - as shown; undefined when none was.
 * @param root - the only CA that AD FS trusts, DER; undefined when it trusts none.
 */
export function cardUser(der: Uint8Array | undefined, root: Uint8Array | undefined, now: Date): CardUser {
  if (der === undefined) return { refused: 'no certificate' };
  try {
    const certificate = readCertificate(der);
    if (root === undefined || !isIssuedBy(der, root)) return { refused: 'the certificate is of an unknown issuer' };
    if (now < certificate.notBefore) return { refused: 'the certificate is not valid yet' };
    if (now > certificate.notAfter) return { refused: 'the certificate has expired' };
    const purposes = certificate.extendedKeyUsage;
    if (!purposes.includes(CLIENT_AUTHENTICATION) && !purposes.includes(SMART_CARD_LOGON))
      return { refused: 'the certificate is for other purposes' };
    const { sid, upn } = certificate;
    const account = sid === undefined ? findAccount(upn ?? '') : accounts.find((candidate) => candidate.sid === sid);
    return account === undefined ? { refused: `no account for ${sid ?? upn ?? 'a certificate without a UPN'}` } : { account };
  } catch {
    return { refused: 'the certificate cannot be read' };
  }
}

/** The subject for the log, RFC 4514. */
export function subjectOf(der: Uint8Array): string {
  try {
    return readCertificate(der).subject;
  } catch {
    return 'unreadable';
  }
}
