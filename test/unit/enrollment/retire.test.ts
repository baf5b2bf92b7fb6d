import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { retire } from '../../../src/enrollment/retire.js';
import type { EnrollmentTools } from '../../../src/enrollment/tools.js';
import { installCertificate, listCertificates } from '../../../src/pkcs11/certificates.js';
import { destroyKeyPair, generateKeyPair, listKeys, newKeyId } from '../../../src/pkcs11/keys.js';
import type { CardSession } from '../../../src/pkcs11/session.js';
import type { CertificateContent } from '../../../src/x509/issue-certificate.js';
import { decodePem } from '../../../src/x509/pem.js';
import { openCard } from '../../support/card.js';
import { issueTo, newCa, read } from './parts.js';

const ca = newCa();

interface Setting {
  session: CardSession;
  /** Makes a key. */
  key(): Promise<{ id: Buffer; publicKey: Buffer }>;
  /** Puts a certificate for `key` on the card. */
  certificate(key: { id: Buffer; publicKey: Buffer }, content?: Partial<CertificateContent>): Buffer;
  /** Retires what the certificate `der` replaces. `mayDelete` answers the question about the key; undefined: it must not be asked. */
  retire(der: Buffer, options?: { mayDelete?: boolean; deleteOldKey?: boolean }): ReturnType<typeof retire>;
  savedDir: string;
}

function open(): Setting {
  const session = openCard().openLoggedIn();
  const savedDir = join(mkdtempSync(join(tmpdir(), 'lyncauth-retire-')), 'saved');
  onTestFinished(() => rmSync(join(savedDir, '..'), { recursive: true }));
  return {
    session,
    savedDir,
    async key() {
      const made = await generateKeyPair(session, { type: 'p256', id: newKeyId(), label: 'key' });
      return { id: made.id, publicKey: made.publicKey as Buffer };
    },
    certificate(key, content) {
      const der = issueTo(key.publicKey, ca, content);
      const { subjectDer, issuerDer, serialNumberDer } = read(der);
      installCertificate(session, { der, subject: subjectDer, issuer: issuerDer, serialNumber: serialNumberDer, id: key.id, label: 'key' });
      return der;
    },
    retire(der, { mayDelete, deleteOldKey = false } = {}) {
      const mayDeleteKey = async () => {
        if (mayDelete === undefined) throw new Error('nothing was to be asked');
        return mayDelete;
      };
      const tools: Pick<EnrollmentTools, 'session' | 'savedDir' | 'mayDeleteKey'> = { session, savedDir, mayDeleteKey };
      return retire(read(der), { deleteOldKey }, tools as EnrollmentTools);
    },
  };
}

const signOnly: Partial<CertificateContent> = { keyUsage: ['digitalSignature'] };

test('a certificate that could only sign goes with its key, and is kept in a file', async () => {
  const card = open();
  const [oldKey, newKey] = [await card.key(), await card.key()];
  const old = card.certificate(oldKey, signOnly);
  const der = card.certificate(newKey);
  const savedTo = join(card.savedDir, `${read(old).sha256}.pem`);
  expect(await card.retire(der)).toEqual([
    { sha256: read(old).sha256, savedTo, keyRemoved: true, keyId: oldKey.id.toString('hex'), keyKeptFor: null },
  ]);
  expect(decodePem(readFileSync(savedTo, 'utf8'))).toEqual([{ label: 'CERTIFICATE', der: old }]);
  expect(listCertificates(card.session).map((entry) => entry.der)).toEqual([der]);
  expect(listKeys(card.session).map(({ id }) => id)).toEqual([newKey.id]);
});

test.each([
  [{ mayDelete: false }, false],
  [{ mayDelete: true }, true],
  [{ deleteOldKey: true }, true],
])('a key that could decrypt: %j', async (options, keyRemoved) => {
  const card = open();
  const oldKey = await card.key();
  card.certificate(oldKey);
  const der = card.certificate(await card.key());
  const keyKeptFor = keyRemoved ? null : 'decryption';
  expect(await card.retire(der, options)).toMatchObject([{ keyRemoved, keyId: oldKey.id.toString('hex'), keyKeptFor }]);
  expect(listKeys(card.session).some(({ id }) => id.equals(oldKey.id))).toBe(!keyRemoved);
  expect(listCertificates(card.session)).toHaveLength(1);
});

test('a key whose certificate names no usage could decrypt', async () => {
  const card = open();
  const oldKey = await card.key();
  card.certificate(oldKey, { keyUsage: undefined as never });
  expect(await card.retire(card.certificate(await card.key()), { mayDelete: false })).toMatchObject([{ keyRemoved: false }]);
});

test('the key that the new certificate uses stays, whatever was said', async () => {
  const card = open();
  const key = await card.key();
  card.certificate(key, signOnly);
  const der = card.certificate(key);
  expect(await card.retire(der, { deleteOldKey: true })).toMatchObject([{ keyRemoved: false, keyKeptFor: 'certificate' }]);
  expect(listKeys(card.session)).toMatchObject([{ hasPrivate: true, hasPublic: true }]);
  expect(listCertificates(card.session).map((entry) => entry.der)).toEqual([der]);
});

test("a key that another user's certificate still needs stays", async () => {
  const card = open();
  const shared = await card.key();
  card.certificate(shared, signOnly);
  card.certificate(shared, { upn: 'bob@lab.test' });
  const der = card.certificate(await card.key());
  expect(await card.retire(der, { deleteOldKey: true })).toMatchObject([{ keyRemoved: false }]);
  expect(listKeys(card.session)).toHaveLength(2);
});

test('certificates of others and for other purposes are left alone', async () => {
  const card = open();
  const bob = card.certificate(await card.key(), { upn: 'bob@lab.test' });
  const mail = card.certificate(await card.key(), { extendedKeyUsage: ['1.3.6.1.5.5.7.3.4'] });
  const der = card.certificate(await card.key());
  expect(await card.retire(der, { deleteOldKey: true })).toEqual([]);
  expect(listCertificates(card.session).map((entry) => entry.der)).toEqual(expect.arrayContaining([bob, mail, der]));
  expect(() => readdirSync(card.savedDir)).toThrow('ENOENT');
});

test('a certificate whose key an interrupted run removed goes too', async () => {
  const card = open();
  const oldKey = await card.key();
  card.certificate(oldKey);
  destroyKeyPair(card.session, oldKey.id);
  const der = card.certificate(await card.key());
  expect(await card.retire(der)).toMatchObject([{ keyRemoved: true, keyId: null }]);
  expect(listCertificates(card.session).map((entry) => entry.der)).toEqual([der]);
});
