/** A card through pkcs11js alone: what src/pkcs11 is measured against. */
import pkcs11js from 'pkcs11js';
import type { Template } from '../src/pkcs11/attributes.js';
import { CKA, CKK, CKO } from '../src/pkcs11/cryptoki.js';
import { ecPublicKey, rsaPublicKey } from '../src/pkcs11/public-key.js';
import type { CardSession } from '../src/pkcs11/session.js';
import { objectsOfClass, x509Certificates } from '../src/pkcs11/templates.js';

const CERTIFICATE_ATTRIBUTES = [CKA.ID, CKA.LABEL, CKA.VALUE];
/** What a list of keys takes: what is asked of every key, and what its kind wants. */
const KEY_ATTRIBUTES = {
  all: [CKA.ID, CKA.LABEL],
  private: [CKA.ALWAYS_AUTHENTICATE],
  rsa: [CKA.MODULUS, CKA.PUBLIC_EXPONENT, CKA.DECRYPT],
  ec: [CKA.EC_PARAMS, CKA.EC_POINT],
};

export interface RawCard {
  readonly lib: pkcs11js.PKCS11;
  readonly slot: Buffer;
  /** A read-write session. */
  readonly handle: Buffer;
  find(template: Template): Buffer[];
  /** One attribute; undefined for what the object does not have. */
  read(object: Buffer, type: number): Buffer | undefined;
  readCertificates(): unknown;
  /** With the public key of each as SubjectPublicKeyInfo, without which nobody knows which key it is. */
  readKeys(): unknown;
}

/** The card of `session`, with its login: the module is loaded once more, which gives the same library, already initialised. */
export function openRaw({ modulePath, reader: { slot } }: CardSession): RawCard {
  const lib = new pkcs11js.PKCS11();
  lib.load(modulePath);
  const handle = lib.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION);
  const find = (template: Template) => {
    lib.C_FindObjectsInit(handle, [...template]);
    const found: Buffer[] = [];
    for (let more = lib.C_FindObjects(handle, 64); more.length > 0; more = lib.C_FindObjects(handle, 64)) found.push(...more);
    lib.C_FindObjectsFinal(handle);
    return found;
  };
  const read = (object: Buffer, type: number) => {
    try {
      return lib.C_GetAttributeValue(handle, object, [{ type }])[0]?.value as Buffer;
    } catch {
      return undefined;
    }
  };
  const readKey = (object: Buffer, more: number[]) => {
    const isRsa = read(object, CKA.KEY_TYPE)?.readUInt32LE(0) === CKK.RSA;
    const [first, second] = (isRsa ? KEY_ATTRIBUTES.rsa : KEY_ATTRIBUTES.ec).map((type) => read(object, type));
    // not every private key shows its public one
    const publicKey = first && second && (isRsa ? rsaPublicKey(first, second) : ecPublicKey(first, second));
    return [publicKey, ...[...KEY_ATTRIBUTES.all, ...more].map((type) => read(object, type))];
  };
  return {
    lib,
    slot,
    handle,
    find,
    read,
    readCertificates: () => find(x509Certificates()).map((object) => CERTIFICATE_ATTRIBUTES.map((type) => read(object, type))),
    readKeys: () => [
      find(objectsOfClass(CKO.PRIVATE_KEY)).map((object) => readKey(object, KEY_ATTRIBUTES.private)),
      find(objectsOfClass(CKO.PUBLIC_KEY)).map((object) => readKey(object, [])),
    ],
  };
}
