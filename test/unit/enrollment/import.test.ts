import { createPrivateKey, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { enrollmentOf, type ImportJob, importOnto } from '../../../src/enrollment/import.js';
import { Journal } from '../../../src/enrollment/journal.js';
import { LyncauthError } from '../../../src/errors.js';
import { listCertificates } from '../../../src/pkcs11/certificates.js';
import { importKeyPair } from '../../../src/pkcs11/import-key.js';
import { listKeys, newKeyId } from '../../../src/pkcs11/keys.js';
import type { CardSession } from '../../../src/pkcs11/session.js';
import { readCertificate } from '../../../src/x509/certificate.js';
import { openCard, openFaultyCard, type TestCard } from '../../support/card.js';
import { failure } from '../../support/failure.js';
import { type Handed, handOut, handoutCa } from '../../support/handout.js';
import { tempDir } from '../../support/temp-dir.js';
import { NOW, plan } from './parts.js';

const ca = handoutCa();
const kim = handOut(ca, 'p256');

interface Setting {
  session: CardSession;
  journal: Journal;
  run(one: Omit<Handed, 'key'> & { key?: KeyObject }, changes?: Partial<ImportJob>): ReturnType<typeof importOnto>;
  /** CKA_IDs, hexadecimal, of keys and certificates. */
  ids(): [keys: string[], certificates: string[]];
}

function open(card: TestCard = openCard()): Setting {
  const session = card.openLoggedIn();
  const dir = tempDir('import');
  const journal = new Journal(join(dir, 'journal'));
  return {
    session,
    journal,
    run: ({ certificate, key }, changes) =>
      importOnto(
        {
          ...{ certificate: readCertificate(certificate), key, keyAsText: false, label: 'Kim' },
          ...{ replace: false, deleteOldKey: false, record: undefined, ...changes },
        },
        {
          session,
          journal,
          savedDir: join(dir, 'saved'),
          now: () => NOW,
          contextPin: (logIn) => logIn(card.pin),
          mayDeleteKey: async () => false,
        },
      ),
    ids: () => [listKeys(session), listCertificates(session)].map((all) => all.map(({ id }) => id.toString('hex'))) as [string[], string[]],
  };
}

/** A key that says it is that of `shown`, and is another. */
function lying(shown: KeyObject): KeyObject {
  const { d } = handOut(ca, 'p256').key.export({ format: 'jwk' });
  return createPrivateKey({ key: { ...shown.export({ format: 'jwk' }), d: d as string }, format: 'jwk' });
}

test('key, public key and certificate have one new id and one label', async () => {
  const card = open();
  const { key, unchanged, replaced } = await card.run(kim);
  expect([unchanged, replaced]).toEqual([false, []]);
  expect(card.ids()).toEqual([[key.id.toString('hex')], [key.id.toString('hex')]]);
  expect([listKeys(card.session)[0]?.label, listCertificates(card.session)[0]?.label]).toEqual(['Kim', 'Kim']);
});

test('once more, nothing is written', async () => {
  const card = open();
  const { key } = await card.run(kim);
  expect(await card.run(kim)).toEqual({ key, unchanged: true, replaced: [] });
  expect(card.ids()).toEqual([[key.id.toString('hex')], [key.id.toString('hex')]]);
});

test('a key that does not fit its own certificate is found out by the card, and taken off again', async () => {
  const card = open();
  const error = await failure(card.run({ certificate: kim.certificate, key: lying(kim.key) }));
  expect(error).toMatchObject({
    code: 'CERTIFICATE_REFUSED',
    message: 'the certificate is not imported: the card could not prove that it holds its key',
  });
  expect(card.ids()).toEqual([[], []]);
});

test('a key that the card holds already is used, and keeps its id and its label', async () => {
  const card = open();
  const id = newKeyId();
  importKeyPair(card.session, kim.key, { id, label: 'Smart card' });
  await card.run(kim);
  expect(card.ids()).toEqual([[id.toString('hex')], [id.toString('hex')]]);
  expect(listCertificates(card.session)[0]?.label).toBe('Smart card');
});

test('and stays when the certificate cannot be written', async () => {
  const faulty = await openFaultyCard();
  const card = open(faulty);
  importKeyPair(card.session, kim.key, { id: newKeyId(), label: 'Smart card' });
  const before = card.ids();
  faulty.fault.rules(['fail C_CreateObject CKR_DEVICE_MEMORY']);
  expect(await failure(card.run(kim))).toMatchObject({ code: 'CARD_FULL' });
  expect(card.ids()).toEqual(before);
});

test('a public half that an interrupted import left goes; one of another key stays', async () => {
  const faulty = await openFaultyCard();
  const card = open(faulty);
  const others = handOut(ca, 'p256');
  for (const { key } of [kim, others]) {
    faulty.fault.rules(['fail C_CreateObject CKR_DEVICE_MEMORY skip=1', 'fail C_DestroyObject CKR_DEVICE_ERROR']);
    expect(() => importKeyPair(card.session, key, { id: newKeyId(), label: 'half' })).toThrow(LyncauthError);
  }
  faulty.fault.rules([]);
  const { key } = await card.run(kim);
  expect(listKeys(card.session).map(({ label, hasPrivate }) => [label, hasPrivate])).toEqual(
    expect.arrayContaining([
      ['half', false],
      ['Kim', true],
    ]),
  );
  expect(listKeys(card.session)).toHaveLength(2);
  expect(card.ids()[1]).toEqual([key.id.toString('hex')]);
});

test('without its key, and without one on the card, a certificate is refused', async () => {
  const card = open();
  const message = `card "${card.session.card.label}" has no key for the certificate of kim@contoso.com`;
  expect(await failure(card.run({ certificate: kim.certificate }))).toMatchObject({ code: 'KEY_MISMATCH', message });
  expect(card.ids()).toEqual([[], []]);
});

test('the open enrollment of a key is found by it, and ended', async () => {
  const card = open();
  const id = newKeyId();
  importKeyPair(card.session, kim.key, { id, label: 'new' });
  const certificate = readCertificate(kim.certificate);
  const other = card.journal.begin(card.session.card, plan({ template: 'Other' }), NOW);
  card.journal.advance(other, 'submitted', { keyId: newKeyId().toString('hex'), requestId: '1' });
  expect(enrollmentOf(certificate, card.journal, card.session)).toBeUndefined();
  const record = card.journal.begin(card.session.card, plan(), NOW);
  card.journal.advance(record, 'submitted', { keyId: id.toString('hex'), requestId: '2' });
  expect(enrollmentOf(certificate, card.journal, card.session)).toMatchObject({ requestId: '2' });
  await card.run({ certificate: kim.certificate }, { record });
  expect(card.journal.all().map(({ requestId }) => requestId)).toEqual(['1']);
});
