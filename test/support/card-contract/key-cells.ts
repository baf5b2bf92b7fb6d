/** Cells of the contract about keys and certificates, one step a process. */
import { constants, createPublicKey, verify, X509Certificate } from 'node:crypto';
import type { Signatures } from '../card-step.js';
import { type Bench, ofStep } from './bench.js';
import type { Cell } from './cell.js';
import { certifyNobody } from './certify.js';
import type { Measured } from './stack.js';

type ContractKey = 'rsa2048' | 'p256';

const NAMES: Readonly<Record<string, string>> = { 'rsa-pkcs1': 'PKCS #1', 'rsa-pss': 'PSS', ecdsa: 'ECDSA' };
const TEXT = 'signed by the contract';

function toKey(spki: string) {
  return createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' });
}

/** Says by which schemes the key has signed; every signature must be right. */
function judge({ publicKey, made, pinEachTime }: Signatures) {
  const key = toKey(publicKey);
  for (const [scheme, signature] of Object.entries(made)) {
    const padding = scheme === 'rsa-pss' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {};
    if (!verify('sha256', Buffer.from(TEXT), { key, ...padding }, Buffer.from(signature, 'base64')))
      throw new Error(`${scheme}: a wrong signature`);
  }
  const schemes = Object.keys(made).map((scheme) => NAMES[scheme]);
  return `${schemes.join(', ')}${pinEachTime ? ', with the PIN each time' : ''}`;
}

const generate =
  (type: ContractKey) =>
  async ({ step, stack }: Bench) =>
    ofStep(await step({ step: 'generate', type, id: stack.keys[type] }));

const sign =
  (type: ContractKey) =>
  async ({ step, stack }: Bench) =>
    ofStep(await step({ step: 'sign', id: stack.keys[type], text: TEXT }), judge);

async function install({ step, stack, lab }: Bench): Promise<Measured> {
  const id = stack.keys.rsa2048;
  const { publicKey } = (await step({ step: 'find', id })).value;
  return ofStep(await step({ step: 'install', id, der: certifyNobody(lab, publicKey) }), (same) => (same ? 'yes' : 'other bytes'));
}

async function find({ step, stack }: Bench): Promise<Measured> {
  return ofStep(await step({ step: 'find', id: stack.keys.rsa2048 }), ({ publicKey, certificates }) => {
    const keyOf = (certificate: string) => new X509Certificate(Buffer.from(certificate, 'base64')).publicKey;
    const fits = certificates.filter((certificate: string) => keyOf(certificate).equals(toKey(publicKey)));
    return fits.length === 1 && certificates.length === 1 ? 'yes' : `${certificates.length} certificates, ${fits.length} of this key`;
  });
}

export const keyCells: readonly Cell[] = [
  { id: 'rsa-key', title: 'Make an RSA key', text: '`C_GenerateKeyPair`, RSA with 2048 bits.', run: generate('rsa2048') },
  {
    id: 'rsa-sign',
    title: 'Sign with RSA',
    text: 'SHA-256 by every scheme that the card has; each signature is verified.',
    run: sign('rsa2048'),
  },
  { id: 'ec-key', title: 'Make an EC key', text: '`C_GenerateKeyPair`, P-256.', run: generate('p256') },
  { id: 'ec-sign', title: 'Sign with EC', text: 'ECDSA with SHA-256, verified.', run: sign('p256') },
  { id: 'install', title: 'Install a certificate', text: '`C_CreateObject` with a certificate of the RSA key, read back.', run: install },
  { id: 'find', title: 'Find it again', text: 'In a new process: key and certificate by their CKA_ID, which belong together.', run: find },
];
