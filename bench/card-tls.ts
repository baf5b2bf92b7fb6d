/**
 * Measures TLS handshakes with a card's key and with a software key, in turn, against a server in another process (argv[2]), and the card's signature by
 * itself. Prints JSON: for each kind of connection, the rounds in the order in which they were measured.
 */
import { spawn } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { connect, createSecureContext, type SecureContext, type SecureVersion } from 'node:tls';
import { clientIdentity } from '../src/card-access/client-identity.js';
import { createCardKey } from '../src/http/card-tls.js';
import { generateKeyPair, newKeyId } from '../src/pkcs11/keys.js';
import { signingKey } from '../src/pkcs11/public-key.js';
import type { CardSession } from '../src/pkcs11/session.js';
import { signatureInput } from '../src/pkcs11/signature-input.js';
import type { KeyEntry } from '../src/pkcs11/types.js';
import type { SignatureScheme } from '../src/signer.js';
import { encodePem } from '../src/x509/pem.js';
import { createAuthority } from '../test/support/loopback-https.js';
import { issue } from './issue.js';
import { openCard } from './open-card.js';

const rounds = 15;
const perRound = 40;
const versions: SecureVersion[] = ['TLSv1.3', 'TLSv1.2'];
const kinds = [
  { type: 'rsa2048', scheme: { kind: 'rsa-pss', hash: 'sha256', saltLength: 32 }, software: () => rsa() },
  { type: 'p256', scheme: { kind: 'ecdsa', hash: 'sha256' }, software: () => ec() },
] as const;

/** One batch, per handshake or signature, in milliseconds. */
interface Cost {
  wall: number;
  cpu: number;
}

interface Series {
  type: string;
  version: string;
  rounds: { software: Cost; card: Cost; signature: Cost }[];
}

const authority = createAuthority();
const server = spawn(process.execPath, [process.argv[2] ?? ''], { stdio: ['pipe', 'pipe', 'inherit'] });
const { certificate: cert, key } = authority.identity();
server.stdin.write(`${JSON.stringify({ cert, key, ca: authority.pem })}\n`);
const [line] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
const port = Number(line);

const { session, pin, close } = openCard();

const measured: (Series & { measure: (() => Promise<Cost>)[] })[] = [];
for (const { type, scheme, software } of kinds) {
  const entry = await generateKeyPair(session, { type, id: newKeyId(), label: 'bench' });
  const certificate = issue(entry.publicKey ?? Buffer.alloc(0), authority.issuer);
  const cardKey = createCardKey(clientIdentity(session, entry, certificate, { pin }));
  const softwareKey = software();
  const softwareCertificate = issue(createPublicKey(softwareKey).export({ type: 'spki', format: 'der' }), authority.issuer);
  const softwarePem = softwareKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  for (const version of versions) {
    const options = { ca: authority.pem, minVersion: version, maxVersion: version };
    const onCard = createSecureContext({ ...options, cert: cardKey.cert, key: cardKey.key });
    const inMemory = createSecureContext({ ...options, cert: encodePem('CERTIFICATE', softwareCertificate), key: softwarePem });
    measured.push({
      type,
      version,
      rounds: [],
      measure: [() => handshakes(inMemory, version), () => handshakes(onCard, version), () => signatures(session, entry, scheme)],
    });
  }
}
for (const { measure } of measured) for (const warmUp of measure) await warmUp();
for (let round = 0; round < rounds; round++) {
  for (const { rounds, measure } of measured) {
    const [software, card, signature] = [await measure[0]?.(), await measure[1]?.(), await measure[2]?.()] as [Cost, Cost, Cost];
    rounds.push({ software, card, signature });
  }
}
process.stdout.write(JSON.stringify(measured));
close();
server.stdin.end();

async function batch(work: () => Promise<void> | void): Promise<Cost> {
  const start = performance.now();
  const used = process.cpuUsage();
  for (let done = 0; done < perRound; done++) await work();
  const { user, system } = process.cpuUsage(used);
  return { wall: (performance.now() - start) / perRound, cpu: (user + system) / 1000 / perRound };
}

function handshakes(secureContext: SecureContext, version: string): Promise<Cost> {
  return batch(() => handshake(secureContext, version));
}

/** A connection of its own without a session to resume; over when the server has taken the client's certificate. */
function handshake(secureContext: SecureContext, version: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', secureContext, rejectUnauthorized: true });
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', reject);
    socket.on('close', () => (answer === version ? resolve() : reject(new Error(`the server answered "${answer}"`))));
  });
}

/** What the card and its driver take for a signature, asked as directly as can be. */
function signatures(session: CardSession, entry: KeyEntry, scheme: SignatureScheme): Promise<Cost> {
  const { publicKey, privateHandle } = entry;
  const kind = publicKey === undefined ? undefined : signingKey(publicKey);
  if (kind === undefined || privateHandle === undefined) throw new Error('the card made no key');
  const listed = session.mechanisms();
  const { mechanism, input } = signatureInput(Buffer.from('data to be signed'), scheme, kind, () => listed);
  const output = Buffer.alloc(1024);
  return session.run('signing', (lib, handle) =>
    batch(() => {
      lib.C_SignInit(handle, mechanism, privateHandle);
      lib.C_Sign(handle, input, output);
    }),
  );
}

function rsa(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
}

function ec(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}
