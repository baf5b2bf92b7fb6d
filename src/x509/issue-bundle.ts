/** Packs certificates as a certs-only CMS message, as a CA's page serves a chain. Reads none. */
import * as asn1js from 'asn1js';

const ID_DATA = '1.2.840.113549.1.7.1';
const ID_SIGNED_DATA = '1.2.840.113549.1.7.2';
const CONTEXT_TAG = 3;

/**
 * A certs-only SignedData (RFC 5652 section 5.1, RFC 8551 section 3.8): no content, no signers.
 *
 * @param certificates - each as DER; their bytes and order are kept.
 * @returns the ContentInfo, DER.
 */
export function bundleCertificates(certificates: readonly Uint8Array[]): Buffer {
  const signedData = new asn1js.Sequence({
    value: [
      new asn1js.Integer({ value: 1 }),
      new asn1js.Set({ value: [] }),
      new asn1js.Sequence({ value: [new asn1js.ObjectIdentifier({ value: ID_DATA })] }),
      tagged(certificates.map((der) => asn1js.fromBER(der).result)),
      new asn1js.Set({ value: [] }),
    ],
  });
  const contentInfo = new asn1js.Sequence({ value: [new asn1js.ObjectIdentifier({ value: ID_SIGNED_DATA }), tagged([signedData])] });
  return Buffer.from(contentInfo.toBER());
}

function tagged(value: asn1js.AsnType[]): asn1js.Constructed {
  return new asn1js.Constructed({ idBlock: { tagClass: CONTEXT_TAG, tagNumber: 0 }, value: value as asn1js.BaseBlock[] });
}
