/** Builds the practice organisation's list of revoked certificates. It revokes nothing, so the list is empty. */
import { AsnConvert } from '@peculiar/asn1-schema';
import { CRLNumber, id_ce_authorityKeyIdentifier, id_ce_cRLNumber, TBSCertList, Time, Version } from '@peculiar/asn1-x509';
import { type Issuer, issuerParts, signatureAlgorithm, signStructure } from './issue-certificate.js';
import { authorityKeyIdentifier, extension } from './issue-extensions.js';

/**
 * An empty certificate revocation list, version 2, signed with SHA-256 (RFC 5280 section 5.1).
 *
 * @param validity - `number` is the CRL number; it must not go down from one list to the next.
 * @returns the list, DER.
 */
export function issueCrl(issuer: Issuer, validity: { thisUpdate: Date; nextUpdate: Date; number: number }): Buffer {
  const { name, keyId } = issuerParts(issuer);
  const tbsCertList = new TBSCertList({
    version: Version.v2,
    signature: signatureAlgorithm(issuer.key),
    issuer: name,
    thisUpdate: new Time(validity.thisUpdate),
    nextUpdate: new Time(validity.nextUpdate),
    crlExtensions: [
      extension(id_ce_authorityKeyIdentifier, authorityKeyIdentifier(keyId)),
      extension(id_ce_cRLNumber, new CRLNumber(validity.number)),
    ],
  });
  return signStructure(AsnConvert.serialize(tbsCertList), issuer.key);
}
