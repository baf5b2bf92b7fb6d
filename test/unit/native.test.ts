/** native/ in real TLS on loopback, with a key in memory in the place of a card's. */
import { constants, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign, verify } from 'node:crypto';
import { once } from 'node:events';
import { createSecureContext, createServer, type SecureContext, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadNative, type PublicKeyParts, type SignRequest } from '../../src/native.js';
import { issueCertificate } from '../../src/x509/issue-certificate.js';
import { encodePem } from '../../src/x509/pem.js';
import { createAuthority, listen } from '../support/loopback-https.js';

const DAY = 24 * 3600 * 1000;
const KINDS = ['rsa2048', 'rsa3072', 'P-256', 'P-384', 'P-521'] as const;
const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

type Kind = (typeof KINDS)[number];
type Version = (typeof VERSIONS)[number];
type Sign = (request: SignRequest) => Uint8Array;

interface SoftKey {
  key: KeyObject;
  parts: PublicKeyParts;
  certificate: string;
  /** What a card would do. */
  sign: Sign;
}

const native = loadNative();
const authority = createAuthority();
const { certificate: serverCertificate, key: serverKey } = authority.identity();
const softKeys = new Map<Kind, SoftKey>();
const server = createServer({ cert: serverCertificate, key: serverKey, ca: authority.pem, requestCert: true, rejectUnauthorized: true });
/** What the server made of a handshake: the name in the client's certificate, or why it refused. */
const seen: string[] = [];
let port = 0;

beforeAll(async () => {
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => {});
    const { subject } = socket.getPeerCertificate();
    seen.push(String(subject.CN));
    socket.end(String(subject.CN));
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException) => seen.push(String(error.code)));
  port = await listen(server);
});

afterAll(() => server.close());

function softKey(kind: Kind): SoftKey {
  const known = softKeys.get(kind) ?? makeSoftKey(kind);
  softKeys.set(kind, known);
  return known;
}

function makeSoftKey(kind: Kind): SoftKey {
  const { privateKey: key } = kind.startsWith('rsa')
    ? generateKeyPairSync('rsa', { modulusLength: Number(kind.slice(3)) })
    : generateKeyPairSync('ec', { namedCurve: kind });
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const period = { notBefore: new Date(Date.now() - DAY), notAfter: new Date(Date.now() + DAY) };
  const usage = { keyUsage: ['digitalSignature'] as const, extendedKeyUsage: ['1.3.6.1.5.5.7.3.2'] };
  const certificate = issueCertificate({ subject: `CN=${kind}`, publicKey, ...period, ...usage }, authority.issuer);
  const softSign: Sign = ({ data, digest, padding, saltLength }) =>
    sign(digest.replace('SHA2-', 'SHA'), data, padding === 'pss' ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength } : key);
  return { key, parts: partsOf(key), certificate: encodePem('CERTIFICATE', certificate), sign: softSign };
}

function partsOf(key: KeyObject): PublicKeyParts {
  const { kty, crv, n = '', e = '', x = '', y = '' } = createPublicKey(key).export({ format: 'jwk' });
  const bytes = (text: string) => Buffer.from(text, 'base64url');
  if (kty === 'RSA') return { type: 'RSA', modulus: bytes(n), publicExponent: bytes(e) };
  return { type: 'EC', group: crv as 'P-256', point: Buffer.concat([Buffer.of(4), bytes(x), bytes(y)]) };
}

const newId = () => randomBytes(8).toString('hex');
const pem = (id: string) => `-----BEGIN LYNCAUTH CARD KEY-----\n${id}\n-----END LYNCAUTH CARD KEY-----\n`;

/** Registers the key while `use` runs. */
async function withKey<T>(kind: Kind, signer: Sign, use: (pem: string, id: string) => T | Promise<T>): Promise<T> {
  const id = newId();
  native.addKey(id, softKey(kind).parts, signer);
  try {
    return await use(pem(id), id);
  } finally {
    native.removeKey(id);
  }
}

const contextOf = (kind: Kind, key: string, version?: Version): SecureContext =>
  createSecureContext({
    ca: authority.pem,
    cert: softKey(kind).certificate,
    key,
    ...(version && { minVersion: version, maxVersion: version }),
  });

/** One connection; what the server answered, or the error's code. */
async function handshake(secureContext: SecureContext): Promise<string> {
  const socket = tlsConnect({ host: '127.0.0.1', port, servername: 'localhost', secureContext });
  let answer = '';
  socket.on('data', (bytes) => {
    answer += bytes;
  });
  try {
    await once(socket, 'end');
    return answer;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).message);
  } finally {
    socket.destroy();
  }
}

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe.each(VERSIONS)('%s', (version) => {
  test.each(KINDS)('a server that wants a certificate gets one with a signature of the key: %s', async (kind) => {
    const requests: SignRequest[] = [];
    const signer: Sign = (request) => {
      requests.push(request);
      return softKey(kind).sign(request);
    };
    await withKey(kind, signer, async (key) => expect(await handshake(contextOf(kind, key, version))).toBe(kind));
    expect(requests).toHaveLength(1);
    const hash = /^SHA2?-?(256|384|512)$/.exec(requests[0]?.digest ?? '')?.[1];
    expect(hash).toBeDefined();
    expect(requests[0]).toMatchObject(
      kind.startsWith('rsa') ? { padding: 'pss', saltLength: Number(hash) / 8 } : { padding: 'none', saltLength: 0 },
    );
  });

  test('the server refuses what is no signature of the key', async () => {
    seen.length = 0;
    const signer: Sign = (request) => softKey('rsa2048').sign({ ...request, data: Buffer.from('something else') });
    await withKey('rsa2048', signer, (key) => handshake(contextOf('rsa2048', key, version)));
    expect(seen).toHaveLength(1);
    expect(seen).not.toContain('rsa2048');
  });

  test('a signer that throws fails the handshake with an error that names the provider and not its text', async () => {
    const signer: Sign = () => {
      throw new Error('the PIN is 123456');
    };
    const message = await withKey('rsa2048', signer, (key) => handshake(contextOf('rsa2048', key, version)));
    expect(message).toContain('lyncauth::the signer threw an error');
    expect(message).not.toContain('123456');
  });

  test.each([
    ['nothing', () => undefined],
    ['a text', () => 'signature'],
    ['no bytes', () => Buffer.alloc(0)],
    ['too few bytes', () => Buffer.alloc(255)],
    ['too many bytes', () => Buffer.alloc(257)],
    ['numbers of two bytes', () => new Uint16Array(256)],
    ['a promise', () => Promise.resolve(Buffer.alloc(256))],
  ])('a signer that returns %s fails the handshake', async (_, signer) => {
    const message = await withKey('rsa2048', signer as Sign, (key) => handshake(contextOf('rsa2048', key, version)));
    expect(message).toContain('lyncauth::the signer returned no signature of this key');
  });

  test('a key that was removed signs no more, also where a context still holds it', async () => {
    const signatures: SignRequest[] = [];
    const signer: Sign = (request) => {
      signatures.push(request);
      return softKey('P-256').sign(request);
    };
    const context = await withKey('P-256', signer, (key) => contextOf('P-256', key, version));
    expect(await handshake(context)).toContain('lyncauth::the key was removed');
    expect(signatures).toEqual([]);
  });
});

test('RSA signs without PSS where the client offers nothing else', async () => {
  const paddings: string[] = [];
  const signer: Sign = (request) => {
    paddings.push(request.padding);
    return softKey('rsa2048').sign(request);
  };
  await withKey('rsa2048', signer, async (key) => {
    const options = { ca: authority.pem, cert: softKey('rsa2048').certificate, key, maxVersion: 'TLSv1.2' } as const;
    expect(await handshake(createSecureContext({ ...options, sigalgs: 'RSA+SHA256:ECDSA+SHA256' }))).toBe('rsa2048');
  });
  expect(paddings).toEqual(['pkcs1']);
});

test('a signer may remove its own key: the signature it makes still counts', async () => {
  const signer: Sign = (request) => {
    native.removeKey(id);
    return softKey('P-256').sign(request);
  };
  const id = newId();
  native.addKey(id, softKey('P-256').parts, signer);
  const context = contextOf('P-256', pem(id));
  expect(await handshake(context)).toBe('P-256');
  expect(await handshake(context)).toContain('the key was removed');
});

describe('a context', () => {
  test.each([
    ['rsa2048', 'rsa3072'],
    ['P-256', 'P-384'],
  ] as const)('is not made of a key %s and the certificate of a key %s', async (kind, other) => {
    await withKey(kind, softKey(kind).sign, (key) => {
      expect(thrownBy(() => contextOf(other, key))).toMatchObject({ code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH' });
    });
  });

  test('is not made of a key and the certificate of another key of its kind', async () => {
    const { parts } = makeSoftKey('P-256');
    const id = newId();
    native.addKey(id, parts, softKey('P-256').sign);
    expect(thrownBy(() => contextOf('P-256', pem(id)))).toMatchObject({ code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH' });
    native.removeKey(id);
  });

  test('is not made of a key that nobody knows', () => {
    expect(thrownBy(() => contextOf('P-256', pem('a0')))).toMatchObject({ code: 'ERR_OSSL_UNSUPPORTED' });
  });

  test.each([
    ['without an id', pem('')],
    ['with an id that is too long', pem('a'.repeat(65))],
    ['with no end', pem('a0').split('-----END')[0] ?? ''],
    ['cut off', '-----BEGIN LYNCAUTH CARD KEY-----'],
    ['with more in its first line', pem('a0').replace('KEY-----\n', 'KEY-----more\n')],
  ])('is not made of a PEM text %s', (_, text) => {
    expect(thrownBy(() => contextOf('P-256', text))).toBeInstanceOf(Error);
  });
});

describe('signatures outside TLS', () => {
  const data = Buffer.from('what is signed');
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING };
  const maximum = 256 - 32 - 2;

  test.each([
    ['the digest', constants.RSA_PSS_SALTLEN_DIGEST, 32],
    ['the maximum', constants.RSA_PSS_SALTLEN_MAX_SIGN, maximum],
    ['a number', 20, 20],
    ['none', 0, 0],
  ])('the salt is as long as asked for: %s', async (_, saltLength, expected) => {
    const asked: number[] = [];
    const signer: Sign = (request) => {
      asked.push(request.saltLength);
      return softKey('rsa2048').sign(request);
    };
    await withKey('rsa2048', signer, (key) => {
      const signature = sign('sha256', data, { key, ...pss, saltLength });
      expect(verify('sha256', data, { key: createPublicKey(softKey('rsa2048').key), ...pss, saltLength: expected }, signature)).toBe(true);
    });
    expect(asked).toEqual([expected]);
  });

  test('a salt that does not fit is refused', async () => {
    await withKey('rsa2048', softKey('rsa2048').sign, (key) => {
      const error = thrownBy(() => sign('sha256', data, { key, ...pss, saltLength: maximum + 1 }));
      expect(String(error)).toContain('unsupported salt length');
    });
  });

  test('a padding that no card signs with is refused', async () => {
    await withKey('rsa2048', softKey('rsa2048').sign, (key) => {
      const error = thrownBy(() => sign('sha256', data, { key, padding: constants.RSA_NO_PADDING }));
      expect(String(error)).toContain('unsupported padding');
    });
  });
});

test.each(['rsa2048', 'P-256'] as const)('the private half of a key cannot be exported: %s', async (kind) => {
  await withKey(kind, softKey(kind).sign, (key) => {
    expect(thrownBy(() => createPrivateKey(key).export({ type: 'pkcs8', format: 'pem' }))).toBeInstanceOf(Error);
    expect(thrownBy(() => createPrivateKey(key).export({ type: 'pkcs8', format: 'der' }))).toBeInstanceOf(Error);
  });
});

describe('addKey', () => {
  const rsa = softKey('rsa2048').parts as PublicKeyParts & { type: 'RSA' };
  const ec = softKey('P-256').parts as PublicKeyParts & { type: 'EC' };
  const signer = () => Buffer.alloc(1);
  const add = native.addKey as (...values: unknown[]) => void;

  test.each([
    ['an id of another type', 1, rsa, signer],
    ['an id with capital letters', 'A', rsa, signer],
    ['an empty id', '', rsa, signer],
    ['an id of 65 characters', 'a'.repeat(65), rsa, signer],
    ['an id with a zero byte', 'a\0b', rsa, signer],
    ['no key', 'a1', undefined, signer],
    ['a key of no type', 'a1', {}, signer],
    ['a key of another type', 'a1', { ...rsa, type: 'DSA' }, signer],
    ['a modulus of another type', 'a1', { ...rsa, modulus: 'AQAB' }, signer],
    ['an even modulus', 'a1', { ...rsa, modulus: Buffer.alloc(256, 2) }, signer],
    ['a modulus of 127 bytes', 'a1', { ...rsa, modulus: Buffer.alloc(127, 1) }, signer],
    ['a modulus of 2049 bytes', 'a1', { ...rsa, modulus: Buffer.alloc(2049, 1) }, signer],
    ['a modulus of zeros', 'a1', { ...rsa, modulus: Buffer.alloc(256) }, signer],
    ['an exponent 1', 'a1', { ...rsa, publicExponent: Buffer.of(1) }, signer],
    ['an exponent of 9 bytes', 'a1', { ...rsa, publicExponent: Buffer.alloc(9, 1) }, signer],
    ['an exponent of numbers', 'a1', { ...rsa, publicExponent: [1, 0, 1] }, signer],
    ['another group', 'a1', { ...ec, group: 'secp256k1' }, signer],
    ['a compressed point', 'a1', { ...ec, point: Buffer.alloc(33, 2) }, signer],
    ['a point of another group', 'a1', { ...ec, point: Buffer.alloc(97, 4) }, signer],
    ['no function', 'a1', rsa, undefined],
  ])('refuses %s with a TypeError', (_, ...values) => {
    expect(thrownBy(() => add(...values))).toBeInstanceOf(TypeError);
    expect(native.removeKey('a1')).toBe(false);
  });

  test('passes on what a getter throws', () => {
    const parts = Object.defineProperty({ ...rsa }, 'modulus', {
      get: () => {
        throw new RangeError('from the getter');
      },
    });
    expect(thrownBy(() => add('a1', parts, signer))).toMatchObject({ name: 'RangeError', message: 'from the getter' });
  });

  test('takes a modulus and an exponent with the zero bytes that DER puts before them', async () => {
    const zero = (bytes: Uint8Array) => Buffer.concat([Buffer.of(0), bytes]);
    const id = newId();
    native.addKey(id, { type: 'RSA', modulus: zero(rsa.modulus), publicExponent: zero(rsa.publicExponent) }, softKey('rsa2048').sign);
    expect(await handshake(contextOf('rsa2048', pem(id)))).toBe('rsa2048');
    native.removeKey(id);
  });

  test('refuses an id that is taken and keeps the key that has it', async () => {
    await withKey('P-256', softKey('P-256').sign, async (key, id) => {
      expect(thrownBy(() => native.addKey(id, rsa, signer))).toMatchObject({ code: 'ERR_LYNCAUTH_DUPLICATE_KEY' });
      expect(await handshake(contextOf('P-256', key))).toBe('P-256');
    });
  });
});

test('removeKey says whether it knew the key, and refuses what is no id', async () => {
  await withKey('P-256', softKey('P-256').sign, (_, id) => {
    expect([native.removeKey(id), native.removeKey(id)]).toEqual([true, false]);
  });
  expect(thrownBy(() => native.removeKey(undefined as unknown as string))).toBeInstanceOf(TypeError);
});

test('another thread can neither sign with a key nor remove it, nor take its id', async () => {
  const script = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { connect } = require('node:tls');
    const native = require(workerData.addon);
    const added = (() => { try { native.addKey(workerData.id, workerData.parts, () => Buffer.alloc(1)); } catch (error) { return error.code; } })();
    const removed = native.removeKey(workerData.id);
    const socket = connect({ host: '127.0.0.1', servername: 'localhost', ...workerData.tls });
    socket.on('error', (error) => parentPort.postMessage({ added, removed, message: error.message }));
    socket.on('end', () => parentPort.postMessage({ added, removed, message: 'signed' }));
    socket.resume();`;
  await withKey('P-256', softKey('P-256').sign, async (key, id) => {
    const { parts, certificate: cert } = softKey('P-256');
    const addon = new URL('../../native/build/Release/lyncauth.node', import.meta.url).pathname;
    const workerData = { addon, id, parts, tls: { port, ca: authority.pem, cert, key } };
    const worker = new Worker(script, { eval: true, workerData });
    const [answer] = await once(worker, 'message');
    await worker.terminate();
    expect(answer).toMatchObject({
      added: 'ERR_LYNCAUTH_DUPLICATE_KEY',
      removed: false,
      message: expect.stringContaining('lyncauth::the key belongs to another thread'),
    });
    expect(await handshake(contextOf('P-256', key))).toBe('P-256');
  });
});
