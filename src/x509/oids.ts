/** Object identifiers by name, and purposes in plain words. Data only. */

export const OID = {
  commonName: '2.5.4.3',
  subjectAltName: '2.5.29.17',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  basicConstraints: '2.5.29.19',
  anyExtendedKeyUsage: '2.5.29.37.0',
  extensionRequest: '1.2.840.113549.1.9.14',
  signedData: '1.2.840.113549.1.7.2',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  /** MS-WCCE section 2.2.2.7: what Microsoft added to requests and certificates. */
  smartcardLogon: '1.3.6.1.4.1.311.20.2.2',
  userPrincipalName: '1.3.6.1.4.1.311.20.2.3',
  certificateTemplateName: '1.3.6.1.4.1.311.20.2',
  certificateTemplate: '1.3.6.1.4.1.311.21.7',
  securityIdentifier: '1.3.6.1.4.1.311.25.2',
  securityIdentifierValue: '1.3.6.1.4.1.311.25.2.1',
  osVersion: '1.3.6.1.4.1.311.13.2.3',
  enrollmentProvider: '1.3.6.1.4.1.311.13.2.2',
  clientInfo: '1.3.6.1.4.1.311.21.20',
} as const;

const PURPOSES: Readonly<Record<string, string>> = {
  '2.5.29.37.0': 'any purpose',
  '1.3.6.1.5.5.7.3.1': 'server authentication',
  '1.3.6.1.5.5.7.3.2': 'client authentication',
  '1.3.6.1.5.5.7.3.3': 'code signing',
  '1.3.6.1.5.5.7.3.4': 'e-mail protection',
  '1.3.6.1.5.5.7.3.8': 'time stamping',
  '1.3.6.1.5.5.7.3.9': 'OCSP signing',
  '1.3.6.1.5.5.8.2.2': 'IKE (IPsec)',
  '1.3.6.1.5.2.3.4': 'Kerberos client authentication (PKINIT)',
  '1.3.6.1.5.2.3.5': 'Kerberos domain controller (PKINIT)',
  '1.3.6.1.4.1.311.20.2.1': 'certificate request agent',
  '1.3.6.1.4.1.311.20.2.2': 'smart card logon',
  '1.3.6.1.4.1.311.10.3.4': 'encrypting file system',
  '1.3.6.1.4.1.311.10.3.12': 'document signing',
  '1.3.6.1.4.1.311.67.1.1': 'BitLocker drive encryption',
};

const SIGNATURE_ALGORITHMS: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'md5WithRSAEncryption',
  '1.2.840.113549.1.1.5': 'sha1WithRSAEncryption',
  '1.2.840.113549.1.1.10': 'rsassaPss',
  '1.2.840.113549.1.1.11': 'sha256WithRSAEncryption',
  '1.2.840.113549.1.1.12': 'sha384WithRSAEncryption',
  '1.2.840.113549.1.1.13': 'sha512WithRSAEncryption',
  '1.2.840.10045.4.1': 'ecdsa-with-SHA1',
  '1.2.840.10045.4.3.2': 'ecdsa-with-SHA256',
  '1.2.840.10045.4.3.3': 'ecdsa-with-SHA384',
  '1.2.840.10045.4.3.4': 'ecdsa-with-SHA512',
  '1.3.101.112': 'ed25519',
};

/** An extended key usage in plain words, such as `smart card logon`; the dotted OID where it has no name here. */
export function purposeName(oid: string): string {
  return PURPOSES[oid] ?? oid;
}

/** A signature algorithm by its RFC 3279, 4055 or 5758 name; the dotted OID where it has no name here. */
export function signatureAlgorithmName(oid: string): string {
  return SIGNATURE_ALGORITHMS[oid] ?? oid;
}
