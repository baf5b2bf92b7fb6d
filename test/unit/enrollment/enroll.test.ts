import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { CaClient } from '../../../src/ca-client/types.js';
import { enroll } from '../../../src/enrollment/enroll.js';
import { type EnrollmentRecord, Journal } from '../../../src/enrollment/journal.js';
import type { EnrollmentPlan } from '../../../src/enrollment/plan.js';
import type { EnrollmentTools } from '../../../src/enrollment/tools.js';
import { installCertificate, listCertificates } from '../../../src/pkcs11/certificates.js';
import { listKeys } from '../../../src/pkcs11/keys.js';
import type { CardSession } from '../../../src/pkcs11/session.js';
import { type CertificateInfo, readCertificate } from '../../../src/x509/certificate.js';
import { readCertificationRequest } from '../../../src/x509/certification-request.js';
import type { CertificateContent } from '../../../src/x509/issue-certificate.js';
import { openCard } from '../../support/card.js';
import { issueTo, NOW, newCa, plan } from './parts.js';

const authority = newCa();

interface Setting {
  begin(changes?: Partial<EnrollmentPlan>): EnrollmentRecord;
  tools: EnrollmentTools;
  session: CardSession;
  journal: Journal;
}

/** A card and a CA that issues to whoever asks, with `content` changed. */
function open(content: Partial<CertificateContent> = {}): Setting {
  const session = openCard().openLoggedIn();
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-enroll-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const journal = new Journal(join(dir, 'journal'));
  const issued: Buffer[] = [];
  const ca: Partial<CaClient> = {
    url: 'https://ca.test/certsrv',
    chain: async () => [Buffer.from(authority.certificate)],
    submit: async (request) => {
      issued.push(issueTo(readCertificationRequest(Buffer.from(request)).publicKey, authority, content));
      return { status: 'issued', requestId: String(issued.length - 1) };
    },
    retrieve: async (id) => {
      const certificate = issued[Number(id)] as Buffer;
      return { status: 'issued', certificate, certificates: [certificate] };
    },
  };
  const tools: EnrollmentTools = {
    session,
    journal,
    ca: ca as CaClient,
    progress: { step: (_label, work) => work(), note: () => {}, warn: () => {}, blocking: (call) => call() },
    savedDir: join(dir, 'saved'),
    now: () => NOW,
    unlock: async () => {},
    contextPin: () => {
      throw new Error('no key here wants the PIN again');
    },
    confirm: async () => true,
    mayDeleteKey: async () => false,
  };
  return { begin: (changes) => journal.begin({ serial: '0123', label: 'Test card' }, plan(changes), NOW), tools, session, journal };
}

/** The record of a run that died between writing the certificate and closing the record. */
async function interruptedAtEnd(record: EnrollmentRecord, tools: EnrollmentTools): Promise<EnrollmentRecord> {
  const { journal } = tools;
  const interrupted = new Error('interrupted');
  const close = journal.close.bind(journal);
  journal.close = () => {
    throw interrupted;
  };
  await expect(enroll(record, tools)).rejects.toBe(interrupted);
  journal.close = close;
  return journal.all()[0] as EnrollmentRecord;
}

test('key, certificate and an empty journal are what is left', async () => {
  const { begin, tools, session, journal } = open();
  const result = await enroll(begin(), tools);
  expect(result).toMatchObject({ status: 'issued', certificate: { upn: 'alice@lab.test' }, replaced: [] });
  const [key] = listKeys(session);
  expect(listCertificates(session)).toMatchObject([{ id: key?.id, label: 'alice' }]);
  expect(journal.all()).toEqual([]);
});

test('the key may go with the old certificate when the plan says so, whatever this run says', async () => {
  const { begin, tools, session } = open();
  await enroll(begin(), tools);
  expect(await enroll(begin({ replace: true, deleteOldKey: true }), tools)).toMatchObject({ replaced: [{ keyRemoved: true }] });
  expect([listKeys(session).length, listCertificates(session).length]).toEqual([1, 1]);
});

test('a run that expects a user refuses another one, also where the plan was to ask a person', async () => {
  const { begin, tools, session } = open({ upn: 'bob@lab.test' });
  const refused = enroll(begin({ upn: undefined }), { ...tools, upn: 'alice@lab.test' });
  await expect(refused).rejects.toMatchObject({ code: 'CERTIFICATE_REFUSED', message: expect.stringContaining('bob@lab.test') });
  expect([listKeys(session), listCertificates(session)]).toEqual([[], []]);
});

test('a certificate that the person does not take is not installed, and its key goes', async () => {
  const { begin, tools, session, journal } = open();
  const refused = enroll(begin(), { ...tools, confirm: async () => false });
  await expect(refused).rejects.toMatchObject({ code: 'CERTIFICATE_REFUSED' });
  expect([listKeys(session), listCertificates(session), journal.all()]).toEqual([[], [], []]);
});

test('a certificate that an interrupted run wrote is not written again', async () => {
  const { begin, tools, session, journal } = open();
  expect(await enroll(await interruptedAtEnd(begin(), tools), tools)).toMatchObject({ status: 'issued' });
  expect([listCertificates(session).length, journal.all()]).toEqual([1, []]);
});

test('a certificate that an interrupted run wrote goes, with its key, when the person does not take it', async () => {
  const { begin, tools, session, journal } = open();
  const record = await interruptedAtEnd(begin(), tools);
  await expect(enroll(record, { ...tools, confirm: async () => false })).rejects.toMatchObject({ code: 'CERTIFICATE_REFUSED' });
  expect([listKeys(session), listCertificates(session), journal.all()]).toEqual([[], [], []]);
});

test('the key of a refused certificate stays while another certificate uses it', async () => {
  const { begin, tools, session, journal } = open();
  const confirm = async ({ publicKey }: CertificateInfo) => {
    const [key] = listKeys(session);
    const { der, subjectDer, issuerDer, serialNumberDer } = readCertificate(issueTo(publicKey, authority, { upn: 'bob@lab.test' }));
    const id = key?.id ?? Buffer.alloc(0);
    installCertificate(session, { der, subject: subjectDer, issuer: issuerDer, serialNumber: serialNumberDer, id, label: 'bob' });
    return false;
  };
  await expect(enroll(begin(), { ...tools, confirm })).rejects.toMatchObject({
    code: 'CERTIFICATE_REFUSED',
    message: expect.stringContaining('its key stays on the card, since another certificate uses it'),
  });
  expect([listKeys(session).length, listCertificates(session).length, journal.all()]).toEqual([1, 1, []]);
});

test('an existing key that was refused a certificate stays', async () => {
  const first = open();
  await enroll(first.begin(), first.tools);
  const [key] = listKeys(first.session);
  const refused = enroll(first.begin({ existingKey: key?.id.toString('hex') as string }), { ...first.tools, confirm: async () => false });
  await expect(refused).rejects.toMatchObject({ code: 'CERTIFICATE_REFUSED' });
  expect(listKeys(first.session)).toHaveLength(1);
});
