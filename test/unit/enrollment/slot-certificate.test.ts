import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Context } from '../../../src/context.js';
import { abandon, discard } from '../../../src/enrollment/discard.js';
import { Journal } from '../../../src/enrollment/journal.js';
import { contentOf, markOf, planSlot } from '../../../src/enrollment/key-slot.js';
import type { EnrollmentPlan } from '../../../src/enrollment/plan.js';
import { reportAbandoned, reportLost } from '../../../src/enrollment/report-open.js';
import { allowOverwriting, saveOverwritten } from '../../../src/enrollment/slot-certificate.js';
import { LyncauthError } from '../../../src/errors.js';
import { installCertificate } from '../../../src/pkcs11/certificates.js';
import { destroyKeyPair, generateKeyPair } from '../../../src/pkcs11/keys.js';
import { openCard } from '../../support/card.js';
import { issueTo, NOW, newCa, newKey, plan, read, spki } from './parts.js';

const authority = newCa();
const SLOT = { id: '01', name: '9A' };
const unattended = { prompter: { interactive: false }, progress: { warn: () => {} } } as unknown as Context;

/** A card of the kind that has fixed slots, with a key in 9A and Alice's certificate beside it. */
async function open() {
  const session = openCard().openLoggedIn();
  Object.defineProperty(session, 'driver', { value: { ...session.driver, keySlots: [SLOT] } });
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-slot-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const journal = new Journal(join(dir, 'journal'));
  const id = Buffer.from(SLOT.id, 'hex');
  const makeKey = () => generateKeyPair(session, { type: 'p256', id, label: 'alice' });
  const key = await makeKey();
  const put = (der: Buffer) => {
    const { subjectDer: subject, issuerDer: issuer, serialNumberDer: serialNumber } = read(der);
    installCertificate(session, { der, subject, issuer, serialNumber, id, label: 'alice' });
  };
  const begin = (changes: Partial<EnrollmentPlan>) => journal.begin({ serial: '0123', label: 'Test card' }, plan(changes), NOW);
  return { session, journal, savedDir: join(dir, 'saved'), id, key, publicKey: key.publicKey as Buffer, makeKey, put, begin };
}

test('unattended, a slot in use is named on the command line, not in the environment', async () => {
  const { session } = await open();
  const named = { keyId: '01', replace: true };
  await expect(planSlot(unattended, session, named)).rejects.toMatchObject({
    code: 'INPUT_REQUIRED',
    hint: expect.stringContaining('give --key-id 01'),
  });
  expect(await planSlot(unattended, session, { ...named, keyIdGiven: true })).toMatchObject(SLOT);
});

test('a certificate gives way to another one of its key with --replace only, and is saved and in the journal before', async () => {
  const { session, journal, savedDir, key, publicKey, put, begin } = await open();
  const old = issueTo(publicKey, authority);
  put(old);
  const refused = allowOverwriting(unattended, session, key, { keyId: '01', keyIdGiven: true });
  await expect(refused).rejects.toMatchObject({ code: 'INPUT_REQUIRED', hint: expect.stringContaining('--replace') });
  await allowOverwriting(unattended, session, key, { keyId: '01', keyIdGiven: true, replace: true });
  const record = begin({ existingKey: '01', replace: true });
  saveOverwritten(record, read(old), { session, journal, savedDir });
  expect(record.overwritten).toBeUndefined();
  saveOverwritten(record, read(issueTo(publicKey, authority, { upn: 'bob@lab.test' })), { session, journal, savedDir });
  const [saved] = journal.all()[0]?.overwritten ?? [];
  expect(saved).toMatchObject({ sha256: read(old).sha256, keyId: '01', keyRemoved: false, keyKeptFor: 'certificate' });
  expect(read(Buffer.from(readFileSync(saved?.savedTo ?? '', 'utf8').replace(/-----.*-----/g, ''), 'base64')).sha256).toBe(
    read(old).sha256,
  );
  expect(abandon(record, { session, journal }).replaced).toEqual([]);
});

test.each([true, false])('a person is asked whether the certificate may give way, and answers %s', async (agreed) => {
  const { session, key, publicKey, put } = await open();
  put(issueTo(publicKey, authority));
  const asked: string[] = [];
  const confirm = async ({ message }: { message: string }) => asked.push(message) > 0 && agreed;
  const attended = { ...unattended, prompter: { interactive: true, confirm } } as unknown as Context;
  const allowed = allowOverwriting(attended, session, key, {}).catch((error: LyncauthError) => error.code);
  expect([await allowed, asked]).toEqual([agreed ? undefined : 'FAILED', ['Replace the certificate in slot 9A?']]);
});

test('a certificate of another key, which somebody issued to themselves, is no placeholder', async () => {
  const { session, key, put } = await open();
  put(Buffer.from(authority.certificate));
  await expect(allowOverwriting(unattended, session, key, {})).rejects.toMatchObject({ code: 'INPUT_REQUIRED' });
});

test('an empty place, or no fixed slot, asks for nothing', async () => {
  const { session, key } = await open();
  await allowOverwriting(unattended, session, key, {});
  await allowOverwriting(unattended, session, { ...key, id: Buffer.from('ab', 'hex') }, {});
});

const overwritten = [{ sha256: '00', savedTo: '/saved/00.pem', keyRemoved: true, keyId: '01', keyKeptFor: null }];

test('a run that died while a key was made in a slot: dropping it tells of that key, the old one and the saved certificate', async () => {
  const { session, journal, id, makeKey, begin } = await open();
  const record = begin({ slot: { ...SLOT, before: markOf(contentOf(session, SLOT)) } });
  journal.advance(record, 'making-key', { keyId: '01', overwritten });
  expect(abandon(record, { session, journal })).toMatchObject({ keyInSlot: undefined, replaced: [] });
  destroyKeyPair(session, id);
  await makeKey();
  const { result, text } = reportAbandoned(record, abandon(record, { session, journal }));
  expect(result).toMatchObject({ status: 'abandoned', keyRemoved: false, keyInSlot: '9A', replaced: overwritten });
  expect(text).toContain(
    'its key stays in slot 9A until another one is made there, and the old one is lost; the old certificate is saved in /saved/00.pem',
  );
  const lost = reportLost(record);
  expect(lost.result).toMatchObject({ keyInSlot: null, replaced: overwritten });
  expect(lost.text).toContain('its slot 9A may hold a new key instead of what was there; the old certificate is saved in /saved/00.pem');
});

test('a refusal after the key was made tells where the old certificate is', async () => {
  const { session, journal, begin } = await open();
  const record = begin({ slot: { ...SLOT, before: spki(newKey()).toString('hex') } });
  journal.advance(record, 'submitted', { keyId: '01', newKey: markOf(contentOf(session, SLOT)), overwritten });
  const told = await discard(record, { session, journal }, new LyncauthError('CA_DENIED', 'denied', { details: { requestId: '7' } }));
  expect(told).toMatchObject({ code: 'CA_DENIED', details: { requestId: '7', keyInSlot: '9A', replaced: overwritten } });
  expect(told.message).toMatch(/^denied; its key stays in slot 9A .*; the old certificate is saved in \/saved\/00\.pem$/);
});
