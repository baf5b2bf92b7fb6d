/** Measures what src/pkcs11 adds to the driver's own calls: each kind of work through it and through pkcs11js alone, in turn. Prints JSON, ms per call. */
import { createHash } from 'node:crypto';
import pkcs11js from 'pkcs11js';
import { destroyCertificate, installCertificate, listCertificates } from '../src/pkcs11/certificates.js';
import { CKA, CKM, CKU } from '../src/pkcs11/cryptoki.js';
import { ecdsaSignatureToDer } from '../src/pkcs11/ecdsa.js';
import { findKey, generateKeyPair, listKeys, newKeyId } from '../src/pkcs11/keys.js';
import { login } from '../src/pkcs11/pin.js';
import { createSigner } from '../src/pkcs11/signer.js';
import { certificateTemplate, x509Certificates } from '../src/pkcs11/templates.js';
import { createAuthority } from '../test/support/loopback-https.js';
import { batch, bestOf, type Works } from './compare.js';
import { issue } from './issue.js';
import { openCard } from './open-card.js';
import { openRaw } from './raw-card.js';

const rounds = 20;
/** A round takes about so long, in ms. */
const roundTime = 5;

const { module, session, pin, close } = openCard();
const raw = openRaw(session);
const { lib, slot, handle } = raw;
const data = Buffer.from('data to be signed');
const digest = createHash('sha256').update(data).digest();
const digestInfo = Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), digest]);
const { issuer } = createAuthority();
const keys = { rsa2048: await newKey('rsa2048'), p256: await newKey('p256') };
for (const { entry, certificate } of Object.values(keys)) installCertificate(session, { ...certificate, id: entry.id });
const another = { ...keys.p256.certificate, id: Buffer.of(9) };
const [object] = session.find(x509Certificates()) as [Buffer];

/** `parts`: how many things of one kind are done in one go, since one would leave the card changed. */
const kinds: Record<string, Works & { parts?: number }> = {
  'read the card': { raw: () => lib.C_GetTokenInfo(slot), layer: () => session.tokenInfo() },
  'find objects': { raw: () => raw.find(x509Certificates()), layer: () => session.find(x509Certificates()) },
  'read an attribute': { raw: () => raw.read(object, CKA.VALUE), layer: () => session.attribute(object, CKA.VALUE) },
  'list certificates': { raw: raw.readCertificates, layer: () => listCertificates(session) },
  'list keys': { raw: raw.readKeys, layer: () => listKeys(session) },
  'find a key': { raw: raw.readKeys, layer: () => findKey(session, keys.p256.entry.id) },
  'sign, RSA-2048': {
    raw: () => sign(CKM.RSA_PKCS, digestInfo, keys.rsa2048.privateKey),
    layer: () => keys.rsa2048.signer.signSync(data, { kind: 'rsa-pkcs1', hash: 'sha256' }),
  },
  'sign, P-256': {
    raw: () => ecdsaSignatureToDer(sign(CKM.ECDSA, digest, keys.p256.privateKey)),
    layer: () => keys.p256.signer.signSync(data, { kind: 'ecdsa', hash: 'sha256' }),
  },
  'sign in the background, P-256': {
    raw: () => {
      lib.C_SignInit(handle, { mechanism: CKM.ECDSA }, keys.p256.privateKey);
      return lib.C_SignAsync(handle, digest, Buffer.alloc(1024));
    },
    layer: () => keys.p256.signer.sign(data, { kind: 'ecdsa', hash: 'sha256' }),
  },
  'open and close a session': {
    raw: () => lib.C_CloseSession(lib.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION)),
    layer: () => module.openSession(session.reader, 'read-only').close(),
  },
  'install or remove a certificate': {
    parts: 2,
    raw: () => {
      // the same calls: is it there already, what does the card give back, which object is it
      const look = () => raw.find(x509Certificates()).map((object) => raw.read(object, CKA.VALUE));
      look();
      const made = lib.C_CreateObject(handle, [...certificateTemplate(another)]);
      for (const type of [CKA.VALUE, CKA.LABEL]) raw.read(made, type);
      look();
      for (const type of [CKA.ID, CKA.LABEL, CKA.VALUE]) raw.read(made, type);
      lib.C_DestroyObject(handle, made);
    },
    layer: () => destroyCertificate(session, installCertificate(session, another)),
  },
  'log in': {
    raw: () => {
      lib.C_Logout(handle);
      lib.C_Login(handle, CKU.USER, pin.reveal());
    },
    layer: () => {
      session.run('logout', (native, own) => native.C_Logout(own));
      login(session, pin);
    },
  },
};

const measured = [];
for (const [name, { parts = 1, ...works }] of Object.entries(kinds)) {
  const calls = Math.max(1, Math.round(roundTime / (await batch(works.raw, 3))));
  const { raw, layer } = await bestOf(works, { rounds, calls });
  measured.push({ name, raw: raw / parts, layer: layer / parts });
}
process.stdout.write(JSON.stringify(measured));
close();

function sign(mechanism: number, input: Buffer, key: Buffer): Buffer {
  lib.C_SignInit(handle, { mechanism }, key);
  return lib.C_Sign(handle, input, Buffer.alloc(1024));
}

async function newKey(type: 'rsa2048' | 'p256') {
  const entry = await generateKeyPair(session, { type, id: newKeyId(), label: 'bench' });
  const { privateHandle, publicKey } = entry;
  if (privateHandle === undefined || publicKey === undefined) throw new Error('the card made no key');
  const name = Buffer.of(0x30, 0);
  const certificate = { der: issue(publicKey, issuer), subject: name, issuer: name, serialNumber: Buffer.of(2, 1, 1), label: 'bench' };
  return { entry, privateKey: privateHandle, signer: createSigner(session, entry), certificate };
}
