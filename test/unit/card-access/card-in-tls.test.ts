/** The card's side of a TLS handshake: what a card must be asked while the handshake waits. The server is in this process. */
import { connect, createServer, type SecureVersion } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { clientIdentity, type IdentityLogin } from '../../../src/card-access/client-identity.js';
import { type CardKey, createCardKey } from '../../../src/http/card-tls.js';
import { CKA, CKM } from '../../../src/pkcs11/cryptoki.js';
import { findKey, generateKeyPair, newKeyId } from '../../../src/pkcs11/keys.js';
import { login } from '../../../src/pkcs11/pin.js';
import type { CardSession } from '../../../src/pkcs11/session.js';
import type { KeyEntry, KeyType } from '../../../src/pkcs11/types.js';
import { Secret } from '../../../src/secret.js';
import { issueCertificate } from '../../../src/x509/issue-certificate.js';
import { OID } from '../../../src/x509/oids.js';
import { openFaultyCard } from '../../support/card.js';
import { createAuthority, listen } from '../../support/loopback-https.js';

const authority = createAuthority();

/** A server that takes certificates of the authority and answers with their subject. */
async function startServer(): Promise<number> {
  const { certificate: cert, key } = authority.identity();
  const server = createServer({ cert, key, ca: authority.pem, requestCert: true, rejectUnauthorized: true }, (socket) => {
    socket.on('error', () => {});
    socket.end(`${socket.getPeerCertificate().subject.CN} ${socket.getProtocol()}`);
  });
  onTestFinished(() => void server.close());
  return await listen(server);
}

/** What the server answers over a new connection. Fails as the handshake does. */
function handshake(port: number, { cert, key }: CardKey, maxVersion: SecureVersion = 'TLSv1.3'): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ca: authority.pem, cert, key, maxVersion });
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', reject).on('close', () => resolve(answer));
  });
}

function cardKey(session: CardSession, key: KeyEntry, login: IdentityLogin): CardKey {
  const [notBefore, notAfter] = [new Date(Date.now() - 86_400_000), new Date(Date.now() + 86_400_000)];
  const usage = { keyUsage: ['digitalSignature'] as const, extendedKeyUsage: [OID.clientAuth] };
  const content = { subject: 'CN=Alice', publicKey: key.publicKey ?? Buffer.alloc(0), notBefore, notAfter, ...usage };
  const made = createCardKey(clientIdentity(session, key, issueCertificate(content, authority.issuer), login));
  onTestFinished(() => made.dispose());
  return made;
}

async function cardWithKey(type: KeyType, rules: string[]) {
  const card = await openFaultyCard();
  const session = card.openLoggedIn();
  const { id } = await generateKeyPair(session, { type, id: newKeyId(), label: 'k' });
  card.fault.rules(rules);
  card.fault.clearLog();
  return { ...card, session, key: findKey(session, id) as KeyEntry };
}

test.each(['TLSv1.2', 'TLSv1.3'] as const)('a key that wants a PIN for each signature gets one in each %s handshake', async (version) => {
  const { session, key, pin, fault } = await cardWithKey('p256', ['alwaysauth']);
  const port = await startServer();
  const alice = cardKey(session, key, { pin, contextPin: (logIn) => logIn(pin) });
  expect([await handshake(port, alice, version), await handshake(port, alice, version)]).toEqual([`Alice ${version}`, `Alice ${version}`]);
  const calls = fault.log().filter((line) => /^C_(Login|Sign)/.test(line));
  const each = ['C_SignInit 0x0', 'C_Login 0x0 context', 'C_Sign 0x0'];
  expect(calls).toEqual([...each, ...each]);
});

test('a wrong PIN for the signature is the error that the caller sees, and after a login the next handshake succeeds', async () => {
  const { session, key, pin, fault } = await cardWithKey('rsa2048', ['alwaysauth', 'retries 3']);
  const port = await startServer();
  const alice = cardKey(session, key, { pin, contextPin: (logIn) => logIn(new Secret('99999999')) });
  await expect(handshake(port, alice)).rejects.toThrowError();
  expect(alice.failure).toMatchObject({ code: 'PIN_INCORRECT', details: { ckr: 'CKR_PIN_INCORRECT', pinState: 'low' } });
  expect(fault.calls('C_Login')).toEqual(['C_Login 0xa0 context']);
  login(session, pin);
  const again = cardKey(session, findKey(session, key.id) as KeyEntry, { pin, contextPin: (logIn) => logIn(pin) });
  expect([await handshake(port, again), again.failure, again.signatures]).toEqual(['Alice TLSv1.3', undefined, 1]);
});

test('the last try is not spent in a handshake', async () => {
  const { session, key, pin, fault } = await cardWithKey('p256', ['alwaysauth', 'retries 3']);
  fault.state({ badTries: 2 });
  const alice = cardKey(session, key, { pin, contextPin: (logIn) => logIn(pin) });
  await expect(handshake(await startServer(), alice)).rejects.toThrowError();
  expect(alice.failure).toMatchObject({ code: 'PIN_FINAL_TRY' });
  expect([...fault.calls('C_SignInit'), ...fault.calls('C_Login')]).toEqual([]);
});

test.each([['nomechanism CKM_RSA_PKCS_PSS'], ['fail C_SignInit CKR_MECHANISM_PARAM_INVALID times=1']])(
  'a card with `%s` authenticates under TLS 1.3 all the same',
  async (rule) => {
    const { session, key, pin } = await cardWithKey('rsa2048', [rule]);
    expect(await handshake(await startServer(), cardKey(session, key, { pin }))).toBe('Alice TLSv1.3');
  },
);

test('a card pulled during the handshake is the error that the caller sees', async () => {
  const { session, key, pin, fault } = await cardWithKey('p256', []);
  const port = await startServer();
  const alice = cardKey(session, key, { pin });
  fault.rules(['card absent']);
  await expect(handshake(port, alice)).rejects.toThrowError();
  expect(alice.failure).toMatchObject({ code: 'CARD_REMOVED' });
});

test.each(['TLSv1.2', 'TLSv1.3'] as const)('a P-521 key that a card has authenticates under %s', async (version) => {
  const card = await openFaultyCard();
  const session = card.openLoggedIn();
  const id = newKeyId();
  const shared = [
    { type: CKA.ID, value: id },
    { type: CKA.TOKEN, value: true },
  ];
  const curve = { type: CKA.EC_PARAMS, value: Buffer.from('06052b81040023', 'hex') };
  const [publicKey, privateKey] = [
    [...shared, curve],
    [...shared, { type: CKA.SIGN, value: true }],
  ];
  session.run('key generation', (lib, handle) => lib.C_GenerateKeyPair(handle, { mechanism: CKM.EC_KEY_PAIR_GEN }, publicKey, privateKey));
  const alice = cardKey(session, findKey(session, id) as KeyEntry, { pin: card.pin });
  expect(await handshake(await startServer(), alice, version)).toBe(`Alice ${version}`);
});
