/** A card in this process whose keys have certificates for TLS client authentication, all of it made by our own code. */
import { clientIdentity } from '../../src/card-access/client-identity.js';
import { installCertificate, listCertificates } from '../../src/pkcs11/certificates.js';
import { generateKeyPair, listKeys, newKeyId } from '../../src/pkcs11/keys.js';
import { loadModule } from '../../src/pkcs11/module.js';
import { login } from '../../src/pkcs11/pin.js';
import { selectReader } from '../../src/pkcs11/select.js';
import type { CardSession } from '../../src/pkcs11/session.js';
import type { KeyEntry, KeyType } from '../../src/pkcs11/types.js';
import { Secret } from '../../src/secret.js';
import type { ClientIdentity, Signer } from '../../src/signer.js';
import { readCertificate } from '../../src/x509/certificate.js';
import { type Issuer, issueCertificate } from '../../src/x509/issue-certificate.js';
import { OID } from '../../src/x509/oids.js';
import { createFault, type Fault } from './fault-module.js';
import { createToken } from './softhsm.js';

const DAY = 24 * 3600 * 1000;

/** A token that this process sees once `env` is in its environment. */
export interface Token {
  modulePath: string;
  label: string;
  pin: string;
  env: Readonly<Record<string, string>>;
}

/** In what a certificate differs from the one on the card. */
export interface OtherCertificate {
  issuer?: Issuer;
  /** It belongs to this key (SubjectPublicKeyInfo, DER). */
  publicKey?: Buffer;
  /** It ends so many days from now; negative: it has ended. */
  days?: number;
}

export interface ClientCard {
  /** The key of this type with its certificate, `CN=TYPE`, as the card holds it. */
  identity(type: KeyType): ClientIdentity;
  /** The same key with a certificate that is not on the card. */
  identityWith(type: KeyType, certificate: OtherCertificate): ClientIdentity;
  /** How many signatures the card was asked for. */
  signatures(): number;
  close(): void;
}

export interface FaultyClientCard extends ClientCard {
  readonly fault: Fault;
  readonly label: string;
}

/** A SoftHSM card with a key pair of each type, and certificates from `issuer`. */
export async function createClientCard(issuer: Issuer, types: readonly KeyType[]): Promise<ClientCard> {
  const token = createToken();
  const card = await openClientCard(token, issuer, types);
  return {
    ...card,
    close() {
      card.close();
      token.remove();
    },
  };
}

/** The same behind the module that injects faults and counts calls. */
export async function createFaultyClientCard(issuer: Issuer, types: readonly KeyType[]): Promise<FaultyClientCard> {
  const token = createToken();
  const { label, pin } = token;
  const fault = createFault({ token });
  const card = await openClientCard({ modulePath: fault.modulePath, label, pin, env: fault.env }, issuer, types);
  return {
    ...card,
    fault,
    label,
    close() {
      card.close();
      fault.remove();
      token.remove();
    },
  };
}

/** Opens a card, makes key pairs of these types on it, and gives a certificate from `issuer` to each key that has none. */
export async function openClientCard(token: Token, issuer: Issuer, types: readonly KeyType[] = []): Promise<ClientCard> {
  Object.assign(process.env, token.env);
  const module = loadModule(token.modulePath);
  const pin = new Secret(token.pin);
  const session = module.openSession(selectReader(module.readers(), token.label), 'read-write');
  login(session, pin);
  for (const type of types) await generateKeyPair(session, { type, id: newKeyId(), label: type });
  const keys = listKeys(session);
  const certificateOf = (key: KeyEntry) => listCertificates(session).find(({ id }) => id.equals(key.id))?.der;
  for (const key of keys) if (certificateOf(key) === undefined) install(session, key, issue(key, issuer));
  let signatures = 0;

  function counted(signer: Signer): Signer {
    return {
      ...signer,
      signSync(data, scheme) {
        signatures += 1;
        return signer.signSync(data, scheme);
      },
    };
  }

  function identify(type: KeyType, choose: (key: KeyEntry) => Buffer | undefined): ClientIdentity {
    const key = keys.find((each) => each.type === type);
    const certificate = key === undefined ? undefined : choose(key);
    if (key === undefined || certificate === undefined) throw new Error(`the card has no ${type} key with a certificate`);
    const identity = clientIdentity(session, key, certificate, { pin });
    return { ...identity, signer: counted(identity.signer) };
  }

  return {
    identity: (type) => identify(type, certificateOf),
    identityWith: (type, other) => identify(type, (key) => issue(key, issuer, other)),
    signatures: () => signatures,
    close: () => module.close(),
  };
}

function issue(key: KeyEntry, ca: Issuer, { issuer = ca, publicKey = key.publicKey, days = 1 }: OtherCertificate = {}): Buffer {
  if (publicKey === undefined) throw new Error(`the card hides the public key of ${key.label}`);
  const notAfter = new Date(Date.now() + days * DAY);
  const notBefore = new Date(notAfter.getTime() - 10 * DAY);
  const usage = { keyUsage: ['digitalSignature'] as const, extendedKeyUsage: [OID.clientAuth] };
  return issueCertificate({ subject: `CN=${key.type}`, publicKey, notBefore, notAfter, ...usage }, issuer);
}

function install(session: CardSession, { id, label }: KeyEntry, der: Buffer): void {
  const { subjectDer, issuerDer, serialNumberDer } = readCertificate(der);
  installCertificate(session, { der, id, label, subject: subjectDer, issuer: issuerDer, serialNumber: serialNumberDer });
}
