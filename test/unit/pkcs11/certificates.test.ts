import { expect, test } from 'vitest';
import { destroyCertificate, installCertificate, listCertificates } from '../../../src/pkcs11/certificates.js';
import { CKA, CKO } from '../../../src/pkcs11/cryptoki.js';
import { newKeyId } from '../../../src/pkcs11/keys.js';
import { makeCertificate, openCard, openFaultyCard } from '../../support/card.js';

const alice = makeCertificate('Alice');
const bob = makeCertificate('Bob');
const place = () => ({ id: newKeyId(), label: 'Zoë' });

test('a certificate is written with all its attributes, and listed without a login', () => {
  const { openLoggedIn, open } = openCard();
  const session = openLoggedIn();
  const { id, label } = place();
  const installed = installCertificate(session, { ...alice, id, label });
  expect(installed).toMatchObject({ id, label, der: alice.der });
  const read = (type: number) => session.attribute(installed.handle, type);
  expect([read(CKA.SUBJECT), read(CKA.ISSUER), read(CKA.SERIAL_NUMBER)]).toEqual([alice.subject, alice.issuer, alice.serialNumber]);
  session.close();
  expect(listCertificates(open())).toMatchObject([{ id, label, der: alice.der }]);
});

test('the same certificate under the same id is written once', () => {
  const session = openCard().openLoggedIn();
  const parts = { ...alice, ...place() };
  const first = installCertificate(session, parts);
  expect(installCertificate(session, parts).handle).toEqual(first.handle);
  expect(listCertificates(session)).toHaveLength(1);
});

test('the same certificate under another id is another object', () => {
  const session = openCard().openLoggedIn();
  installCertificate(session, { ...alice, ...place() });
  installCertificate(session, { ...alice, ...place() });
  expect(listCertificates(session)).toHaveLength(2);
});

test.each([
  ['30 00, which SoftHSM would store', Buffer.from('3000', 'hex')],
  ['nothing', Buffer.alloc(0)],
  ['a certificate with something behind it', Buffer.concat([alice.der, Buffer.from([0])])],
  ['a certificate cut short', alice.der.subarray(0, -1)],
])('%s is not installed', (_name, der) => {
  const session = openCard().openLoggedIn();
  expect(() => installCertificate(session, { ...alice, der, ...place() })).toThrowError(
    expect.objectContaining({ code: 'CERTIFICATE_REFUSED' }),
  );
  expect(listCertificates(session)).toEqual([]);
});

test('a full card is reported, although the binding throws a plain error there', async () => {
  const { openLoggedIn, fault } = await openFaultyCard();
  const session = openLoggedIn();
  fault.rules(['fail C_CreateObject CKR_DEVICE_MEMORY']);
  expect(() => installCertificate(session, { ...alice, ...place() })).toThrowError(
    expect.objectContaining({ code: 'CARD_FULL', details: { ckr: 'CKR_DEVICE_MEMORY' } }),
  );
});

test('a card that lets only its security officer write says so', async () => {
  const { openLoggedIn, fault } = await openFaultyCard();
  const session = openLoggedIn();
  fault.rules(['fail C_CreateObject 0x103']);
  expect(() => installCertificate(session, { ...alice, ...place() })).toThrowError(
    expect.objectContaining({ code: 'NEEDS_SECURITY_OFFICER' }),
  );
});

test('a card pulled after it took the certificate is reported as removed, and the second run finds it there', async () => {
  const { openLoggedIn, fault } = await openFaultyCard();
  const session = openLoggedIn();
  const parts = { ...alice, ...place() };
  fault.rules(['fail C_CreateObject CKR_DEVICE_REMOVED before=0']);
  expect(() => installCertificate(session, parts)).toThrowError(expect.objectContaining({ code: 'CARD_REMOVED' }));
  fault.rules([]);
  installCertificate(session, parts);
  expect(listCertificates(session)).toHaveLength(1);
});

test('a card that cannot give the certificate back has failed, and keeps nothing', async () => {
  const { openLoggedIn, fault } = await openFaultyCard();
  const session = openLoggedIn();
  fault.rules(['fail C_GetAttributeValue CKR_ATTRIBUTE_SENSITIVE']);
  expect(() => installCertificate(session, { ...alice, ...place() })).toThrowError(expect.objectContaining({ code: 'CARD_FAILED' }));
  fault.rules([]);
  expect(listCertificates(session)).toEqual([]);
});

test('removing a certificate leaves the others, and once is enough', () => {
  const session = openCard().openLoggedIn();
  const first = installCertificate(session, { ...alice, ...place() });
  const second = installCertificate(session, { ...bob, ...place() });
  destroyCertificate(session, first);
  destroyCertificate(session, first);
  expect(listCertificates(session)).toEqual([second]);
});

test('a certificate is removed by its bytes, not by a handle of an earlier session', () => {
  const { openLoggedIn, open } = openCard();
  const session = openLoggedIn();
  const first = installCertificate(session, { ...alice, ...place() });
  const second = installCertificate(session, { ...bob, ...place() });
  destroyCertificate(session, { ...first, handle: second.handle });
  expect(listCertificates(open())).toMatchObject([{ der: bob.der }]);
});

test('something on the card that is no certificate is listed as it is', () => {
  const session = openCard().openLoggedIn();
  const template = [
    { type: CKA.CLASS, value: CKO.CERTIFICATE },
    { type: CKA.CERTIFICATE_TYPE, value: 0 },
    { type: CKA.TOKEN, value: true },
    { type: CKA.SUBJECT, value: alice.subject },
    { type: CKA.VALUE, value: Buffer.from('3000', 'hex') },
  ];
  session.create('it', template);
  expect(listCertificates(session)).toMatchObject([{ der: Buffer.from('3000', 'hex'), label: '' }]);
});
