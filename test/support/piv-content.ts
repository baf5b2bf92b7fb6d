/** Keys and certificates on a PIV card that is in no reader: its state is written, as if somebody had enrolled it before. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { selfSigned } from '../../src/x509/issue-certificate.js';
import { OID } from '../../src/x509/oids.js';
import { tlv } from '../fixtures/piv-card/ber-tlv.js';
import { ALGORITHM, generatePrivateKey } from '../fixtures/piv-card/key-pairs.js';
import { PIN_POLICY } from '../fixtures/piv-card/keys.js';
import { openState, saveState } from '../fixtures/piv-card/state.js';

/** Authentication and signature, which wants the PIN before every use. */
export type PivSlot = '9a' | '9c';
export type PivKeyType = keyof typeof ALGORITHM;

const CERTIFICATE_OBJECT = { '9a': '5fc105', '9c': '5fc10a' } as const;
const DAY = 24 * 3600 * 1000;

/**
 * Puts a key and a certificate into each of these slots of the card in `path`, which is made when it is not there.
 *
 * @param certify - a certificate (DER) for a key; by default signed by itself, `CN=SLOT`
 * @returns the certificates, DER
 */
export function fillPivCard<Slot extends PivSlot>(
  path: string,
  keys: Readonly<Record<Slot, PivKeyType>>,
  certify: (key: KeyObject, slot: PivSlot) => Buffer = ownCertificate,
): Record<Slot, Buffer> {
  const state = openState(path);
  const certificates = {} as Record<Slot, Buffer>;
  for (const [slot, type] of Object.entries(keys) as [Slot, PivKeyType][]) {
    const algorithm = ALGORITHM[type];
    const pkcs8 = generatePrivateKey(algorithm);
    state.keys[slot] = { algorithm, pinPolicy: slot === '9c' ? PIN_POLICY.always : PIN_POLICY.once, pkcs8 };
    certificates[slot] = certify(createPrivateKey(pkcs8), slot);
    state.objects[CERTIFICATE_OBJECT[slot]] = certificateObject(certificates[slot]).toString('hex');
  }
  saveState(path, state);
  return certificates;
}

/** The public key of a slot, SubjectPublicKeyInfo. */
export function pivPublicKey(path: string, slot: PivSlot): KeyObject {
  const key = openState(path).keys[slot];
  if (key === undefined) throw new Error(`there is no key in ${slot}`);
  return createPublicKey(key.pkcs8);
}

/** Content of tag 53: the certificate, not compressed, no error code (SP 800-73-4 part 1 table 10). */
function certificateObject(der: Buffer): Buffer {
  return Buffer.concat([tlv(0x70, der), tlv(0x71, Buffer.from([0])), tlv(0xfe)]);
}

function ownCertificate(key: KeyObject, slot: PivSlot): Buffer {
  const dates = { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + 30 * DAY) };
  const uses = { keyUsage: ['digitalSignature'], extendedKeyUsage: [OID.clientAuth] } as const;
  return selfSigned({ subject: `CN=${slot}`, ...dates, ...uses }, key);
}
