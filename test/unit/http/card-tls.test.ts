/** createCardKey: what it refuses, what it counts, and that its key works wherever TLS takes one. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { get as httpsGet } from 'node:https';
import { connect, createSecureContext } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { type CardKey, createCardKey, needsTls12 } from '../../../src/http/card-tls.js';
import type { ClientIdentity } from '../../../src/signer.js';
import { type CardServerOptions, startCardServer } from '../../support/card-server.js';
import { createAuthority } from '../../support/loopback-https.js';
import { softwareIdentity } from '../../support/software-identity.js';

const authority = createAuthority();
const clients = createAuthority('Clients');
const cleanup: (() => unknown)[] = [];

afterEach(async () => {
  for (const task of cleanup.splice(0).reverse()) await task();
});

async function server(options: Partial<CardServerOptions> = {}) {
  const started = await startCardServer({ identity: authority.identity(), clientCa: clients.pem, ...options });
  cleanup.push(() => started.stop());
  return started;
}

function cardKey(identity: ClientIdentity, options?: Parameters<typeof createCardKey>[1]): CardKey {
  const made = createCardKey(identity, options);
  cleanup.push(() => made.dispose());
  return made;
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('expected an exception');
}

const spki = (key: KeyObject) => createPublicKey(key).export({ type: 'spki', format: 'der' });
const DAY = 86_400_000;

describe('a certificate', () => {
  test('for another key is refused', () => {
    const certified = spki(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    expect(thrownBy(() => createCardKey(softwareIdentity(clients.issuer, { certified })))).toMatchObject({
      code: 'KEY_MISMATCH',
      message: 'the certificate of CN=p256 is for another key than the one on the card',
      hint: expect.stringContaining('lyncauth cards'),
    });
  });

  test('for a key of another kind is refused', () => {
    const certified = spki(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
    expect(thrownBy(() => createCardKey(softwareIdentity(clients.issuer, { certified })))).toMatchObject({ code: 'KEY_MISMATCH' });
  });

  test('that has expired is refused, with the day', () => {
    const identity = softwareIdentity(clients.issuer, { notBefore: new Date('2024-01-01'), notAfter: new Date('2025-02-03T04:05:06Z') });
    expect(thrownBy(() => createCardKey(identity))).toMatchObject({
      code: 'CERTIFICATE_EXPIRED',
      message: 'the certificate of CN=p256 on the card expired on 2025-02-03',
      hint: expect.stringContaining('enroll --replace'),
      details: { notAfter: '2025-02-03T04:05:06.000Z' },
    });
  });

  test('that is not valid yet is refused, with another hint', () => {
    const identity = softwareIdentity(clients.issuer);
    expect(thrownBy(() => createCardKey(identity, { now: new Date(Date.now() - 2 * DAY) }))).toMatchObject({
      code: 'CERTIFICATE_EXPIRED',
      message: expect.stringContaining('is not valid before'),
      hint: "check this computer's clock",
    });
  });

  test.each([
    ['Ed25519', () => generateKeyPairSync('ed25519').privateKey],
    ['secp256k1', () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey],
  ])('for a key that is not supported (%s) is refused', (_, make) => {
    const identity = softwareIdentity(clients.issuer, { certified: spki(make()) });
    expect(thrownBy(() => createCardKey(identity))).toMatchObject({ code: 'CARD_UNSUPPORTED', hint: expect.stringContaining('P-256') });
  });

  test('that cannot be read is refused', () => {
    const identity = { ...softwareIdentity(clients.issuer), certificate: Buffer.from('no certificate') };
    expect(thrownBy(() => createCardKey(identity))).toMatchObject({ code: 'CARD_UNSUPPORTED' });
  });
});

describe('a key', () => {
  test('is a text that names it and holds nothing else', () => {
    const { key } = cardKey(softwareIdentity(clients.issuer));
    expect(key).toMatch(/^-----BEGIN LYNCAUTH CARD KEY-----\n[0-9a-z]{1,64}\n-----END LYNCAUTH CARD KEY-----\n$/);
  });

  test('works with node:https as any other', async () => {
    const { cert, key } = cardKey(softwareIdentity(clients.issuer, { kind: 'rsa2048' }));
    const { url, shown } = await server();
    const request = httpsGet(url, { cert, key, ca: authority.pem, agent: false });
    const [response] = await once(request, 'response');
    expect(response.resume().statusCode).toBe(200);
    expect(shown).toEqual(['CN=rsa2048']);
  });

  test('counts its signatures', async () => {
    const made = cardKey(softwareIdentity(clients.issuer));
    const { url } = await server();
    for (const expected of [1, 2]) {
      await handshake(url, made);
      expect(made.signatures).toBe(expected);
    }
  });

  test('that is disposed of twice cannot sign any more, for a context that still holds it neither', async () => {
    const identity = softwareIdentity(clients.issuer);
    const made = cardKey(identity);
    const secureContext = createSecureContext({ cert: made.cert, key: made.key, ca: authority.pem });
    made.dispose();
    made.dispose();
    const socket = connect({ port: Number((await server()).url.port), servername: 'localhost', secureContext });
    await expect(once(socket, 'secureConnect')).rejects.toThrow();
    expect(identity.asked).toEqual([]);
  });

  test('keeps what its signer threw until a signature is made', async () => {
    let broken = true;
    const thrown = new Error('card gone');
    const identity = softwareIdentity(clients.issuer, {
      signSync: (sign) => {
        if (broken) throw thrown;
        return sign();
      },
    });
    const made = cardKey(identity);
    const { url } = await server();
    await expect(handshake(url, made)).rejects.toThrow();
    expect([made.failure, made.signatures]).toEqual([thrown, 0]);
    broken = false;
    await handshake(url, made);
    expect([made.failure, made.signatures]).toEqual([undefined, 1]);
  });

  test('does not sign when it is stopped right before', async () => {
    const identity = softwareIdentity(clients.issuer);
    const stop = new Error('stop');
    const made = cardKey(identity, {
      beforeSigning: () => {
        throw stop;
      },
    });
    await expect(handshake((await server()).url, made)).rejects.toThrow();
    expect([identity.asked, made.failure]).toEqual([[], stop]);
  });

  test('makes no signature with a hash that cards do not make', async () => {
    const identity = softwareIdentity(clients.issuer, { kind: 'rsa2048' });
    const made = cardKey(identity);
    // TLS 1.1 signs an MD5 and a SHA-1 hash together (RFC 4346 section 7.4.8).
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    const { url } = await server({ tls: old });
    await expect(handshake(url, made, old)).rejects.toThrow();
    expect(made.failure).toMatchObject({ code: 'CARD_UNSUPPORTED', message: expect.stringContaining('MD5-SHA1') });
    expect(identity.asked).toEqual([]);
  });

  test('needs TLS 1.2 only when it is RSA and cannot make PSS signatures', () => {
    const signers = [
      softwareIdentity(clients.issuer, { kind: 'rsa2048', pss: false }),
      softwareIdentity(clients.issuer, { kind: 'rsa2048' }),
      softwareIdentity(clients.issuer),
    ];
    expect(signers.map(({ signer }) => needsTls12(signer))).toEqual([true, false, false]);
  });
});

async function handshake(url: URL, { cert, key }: CardKey, more: object = {}): Promise<void> {
  const socket = connect({ port: Number(url.port), servername: 'localhost', ca: authority.pem, cert, key, ...more });
  await once(socket, 'secureConnect');
  socket.destroy();
}
