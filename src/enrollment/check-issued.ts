/** What an issued certificate must prove before it is installed. Signatures and issuers are judged by OpenSSL through Node. */
import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { LyncauthError } from '../errors.js';
import type { Signer } from '../signer.js';
import type { CertificateInfo } from '../x509/certificate.js';
import { OID } from '../x509/oids.js';
import { issuerAmong } from '../x509/trust.js';

/** Clocks of a CA and of a workstation differ; Kerberos, which the certificate is for, allows five minutes (RFC 4120 section 1.6). */
const CLOCK_SKEW_MS = 5 * 60 * 1000;

export interface IssuedCheck {
  /** The card's key. */
  readonly signer: Signer;
  /** Certificates (DER) of the CA. */
  readonly issuers: readonly Uint8Array[];
  readonly now: Date;
  /** The expected user principal name; undefined where a person confirms it. */
  readonly upn: string | undefined;
}

/**
 * Checks that `certificate` is ours: the card's key (proved by a signature), dates, purpose, user, and the CA's signature.
 * @throws LyncauthError CERTIFICATE_REFUSED naming the first thing that is wrong; ISSUER_UNKNOWN when all is right but its issuer is not among those given,
 * which a person may know better
 */
export async function checkIssued(certificate: CertificateInfo, check: IssuedCheck): Promise<void> {
  const wrongKey = await faultOfKey(certificate, check.signer);
  if (wrongKey !== undefined) throw refused({ reason: wrongKey });
  const fault = faultOf(certificate, check);
  if (fault !== undefined) throw refused(fault);
  if (issuerAmong(certificate.der, check.issuers) === undefined) throw issuerUnknown(certificate);
}

/** What is wrong with a certificate, and what mends it. */
export interface Fault {
  reason: string;
  hint?: string;
}

/** Why `certificate` does not belong to the card's key: looks at the key, and has it sign. */
export async function faultOfKey(certificate: CertificateInfo, signer: Signer): Promise<string | undefined> {
  if (!certificate.publicKey.equals(signer.publicKey)) return "it is for another key than the card's";
  return (await provesPossession(signer)) ? undefined : 'the card could not prove that it holds its key';
}

/** The first thing that is wrong with what `certificate` says: dates, purpose, user. Its key and its issuer are not looked at. */
export function faultOf(certificate: CertificateInfo, check: Pick<IssuedCheck, 'now' | 'upn'>): Fault | undefined {
  if (certificate.isCa) return { reason: 'it is the certificate of a CA, not of a user' };
  if (certificate.notAfter.getTime() < check.now.getTime()) return { reason: `it expired on ${certificate.notAfter.toISOString()}` };
  if (certificate.notBefore.getTime() > check.now.getTime() + CLOCK_SKEW_MS) {
    return { reason: `it is valid only from ${certificate.notBefore.toISOString()}`, hint: "check this computer's clock" };
  }
  if (!mayAuthenticate(certificate)) return { reason: 'it is not made for client authentication', hint: 'choose another --template' };
  if (check.upn !== undefined && certificate.upn?.toLowerCase() !== check.upn.toLowerCase()) {
    return { reason: `it is for another user: ${certificate.upn ?? 'nobody (it has no user principal name)'} instead of ${check.upn}` };
  }
  if (/md5|md2/i.test(certificate.signatureAlgorithm)) return { reason: `its signature (${certificate.signatureAlgorithm}) can be forged` };
  return undefined;
}

async function provesPossession(signer: Signer): Promise<boolean> {
  const nonce = randomBytes(32);
  const key = createPublicKey({ key: Buffer.from(signer.publicKey), format: 'der', type: 'spki' });
  const kind = key.asymmetricKeyType === 'rsa' ? 'rsa-pkcs1' : 'ecdsa';
  const signature = await signer.sign(nonce, { kind, hash: 'sha256' });
  return verify('sha256', nonce, key, signature);
}

function mayAuthenticate(certificate: CertificateInfo): boolean {
  const purposes = certificate.extendedKeyUsage;
  return purposes.length === 0 || purposes.includes(OID.clientAuth) || purposes.includes(OID.anyExtendedKeyUsage);
}

function issuerUnknown({ issuer }: CertificateInfo): LyncauthError {
  return new LyncauthError(
    'ISSUER_UNKNOWN',
    `the issued certificate was not installed: its issuer ${issuer} is not a certificate that this CA serves`,
    {
      hint: 'if the issuer is right, name its certificate: lyncauth enroll --issuer-ca FILE; if not: lyncauth enroll --abandon',
    },
  );
}

function refused({ reason, hint }: Fault): LyncauthError {
  return new LyncauthError('CERTIFICATE_REFUSED', `the certificate that the CA issued was not installed: ${reason}`, {
    hint: hint ?? 'ask the administrator of the CA to look at the request, and to revoke the certificate',
  });
}
