/** native/ as OpenSSL's own functions use it: what TLS and Node's crypto have no option for. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { loadNative, type SignRequest } from '../../src/native.js';
import { loadOpensslCaller } from '../support/openssl-caller.js';

const native = loadNative();
const { call } = loadOpensslCaller();
const asked: SignRequest[] = [];
const pem = (id: string) => `-----BEGIN LYNCAUTH CARD KEY-----\n${id}\n-----END LYNCAUTH CARD KEY-----\n`;
const bytes = (text = '') => Buffer.from(text, 'base64url');

/** Stands for a signature of this length; who asks does not verify it. */
const answer = (length: number) => (request: SignRequest) => {
  asked.push(request);
  return Buffer.alloc(length, 7);
};

const rsa = createPublicKey(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey).export({ format: 'jwk' });
native.addKey('callerrsa', { type: 'RSA', modulus: bytes(rsa.n), publicExponent: bytes(rsa.e) }, answer(256));
const ec = createPublicKey(generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey).export({ format: 'jwk' });
const point = Buffer.concat([Buffer.of(4), bytes(ec.x), bytes(ec.y)]);
native.addKey('callerec', { type: 'EC', group: 'P-521', point }, answer(137));

afterAll(() => {
  native.removeKey('callerrsa');
  native.removeKey('callerec');
});

/** What the signer was asked for; undefined when it was not asked. */
function requestOf(parameters: string, { digest = 'SHA2-256', id = 'callerrsa', room = 0 } = {}): SignRequest | undefined {
  asked.length = 0;
  const result = call(pem(id), digest, parameters, room);
  expect(asked.length).toBe(typeof result === 'string' ? 0 : 1);
  return asked[0];
}

test('what is signed in parts, on a copy of which the original is gone, reaches the signer whole', () => {
  expect(requestOf('')?.data.toString()).toBe('what is signed');
  expect(requestOf('', { id: 'callerec' })?.data.toString()).toBe('what is signed');
});

test('a signature may be shorter than the room for it', () => {
  expect(call(pem('callerec'), 'SHA512', '', 0)).toHaveLength(137);
});

test('the name of the digest is passed on, also of one that no card knows', () => {
  expect(requestOf('', { digest: 'SHA3-256' })?.digest).toBe('SHA3-256');
});

describe('RSA', () => {
  test.each([
    ['', 'pkcs1', 0],
    ['pad-mode=pkcs1', 'pkcs1', 0],
    ['pad-mode=1', 'pkcs1', 0],
    ['pad-mode=pss', 'pss', 32],
    ['pad-mode=6', 'pss', 32],
    ['pad-mode=pss saltlen=digest', 'pss', 32],
    ['saltlen=48 pad-mode=pss', 'pss', 48],
    ['pad-mode=pss saltlen=max', 'pss', 222],
    ['pad-mode=pss saltlen=auto', 'pss', 222],
    ['pad-mode=pss saltlen=auto-digestmax', 'pss', 32],
    ['pad-mode=pss mgf1-digest=SHA256', 'pss', 32],
    ['pad-mode=pss mgf1-digest=sha-256 digest=SHA256', 'pss', 32],
  ])('with %j is asked for as %s with a salt of %i bytes', (parameters, padding, saltLength) => {
    expect(requestOf(parameters)).toMatchObject({ padding, saltLength });
  });

  test.each([
    ['pad-mode=none', 'unsupported padding'],
    ['pad-mode=x931', 'unsupported padding'],
    ['pad-mode=oaep', 'unsupported padding'],
    ['pad-mode=pss saltlen=223', 'unsupported salt length'],
    ['pad-mode=pss saltlen=-9', 'unsupported salt length'],
    ['pad-mode=pss saltlen=much', 'unsupported salt length'],
    ['pad-mode=pss saltlen=9999999999', 'unsupported salt length'],
    ['pad-mode=pss mgf1-digest=SHA1', 'unsupported mask generation digest'],
    [`pad-mode=pss mgf1-digest=${'A'.repeat(60)}`, 'unsupported mask generation digest'],
    ['digest=SHA384', 'unsupported digest'],
  ])('with %j is refused: %s', (parameters, reason) => {
    expect(call(pem('callerrsa'), 'SHA2-256', parameters, 0)).toBe(reason);
    expect(requestOf(parameters)).toBeUndefined();
  });

  test('PSS with a digest of unknown length is refused', () => {
    expect(call(pem('callerrsa'), 'SHA3-256', 'pad-mode=pss', 0)).toBe('unsupported digest');
  });
});

test.each([
  ['callerrsa', 255],
  ['callerec', 138],
])('no signature is made for a buffer that may be too small: %s, %i bytes', (id, room) => {
  expect(call(pem(id), 'SHA2-256', '', room)).toBe('buffer too small for a signature');
  expect(requestOf('', { id, room })).toBeUndefined();
});
