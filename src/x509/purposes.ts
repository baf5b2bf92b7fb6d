/** What a certificate may be used for, as its extensions say. Decides nothing about trust. */
import type { CertificateInfo } from './certificate.js';
import { OID } from './oids.js';

/** Whether a certificate is one that a person signs in with: a user's name, and client authentication or smart card logon among its purposes. */
export function isSignInCertificate(certificate: CertificateInfo): boolean {
  return certificate.upn !== undefined && namesLogonPurpose(certificate);
}

/**
 * Whether a server may take the certificate as proof of who its holder is. Without a list of purposes it is good for all (RFC 5280 section
 * 4.2.1.12); where a key usage is given, it must allow signatures (section 4.2.1.3).
 */
export function mayAuthenticate(certificate: CertificateInfo): boolean {
  const { extendedKeyUsage: purposes, keyUsage } = certificate;
  const mayLogOn = purposes.length === 0 || purposes.includes(OID.anyExtendedKeyUsage) || namesLogonPurpose(certificate);
  return mayLogOn && (keyUsage.length === 0 || keyUsage.includes('digitalSignature'));
}

function namesLogonPurpose({ extendedKeyUsage }: CertificateInfo): boolean {
  return extendedKeyUsage.includes(OID.clientAuth) || extendedKeyUsage.includes(OID.smartcardLogon);
}
