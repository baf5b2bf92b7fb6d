/** The stacks that need no reader: how each is started, and how its card is pulled out. */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startTpmCard } from '../../fixtures/tpm/tpm-card.js';
import { createFault, type Fault } from '../fault-module.js';
import { orEnd } from '../or-end.js';
import { startRemoteToken } from '../p11-kit.js';
import { createToken, type TestToken } from '../softhsm.js';
import type { Stack, StackKind } from './stack.js';

const LABEL = 'Contract card';
const OTHER = 'Other card';
const KEYS = { rsa2048: '01', p256: '02' };
/** Counts wrong PINs and blocks after the third, as cards do. */
const TRIES = 'retries 3';

function createTokens(): TestToken {
  const token = createToken({ label: LABEL });
  token.add({ label: OTHER });
  return token;
}

async function startSoftHsm(): Promise<Stack> {
  const token = createTokens();
  const place = join(token.dir, 'tokens');
  const away = join(token.dir, 'away');
  return {
    ...token,
    keys: KEYS,
    async pullOut() {
      renameSync(place, away);
      mkdirSync(place, { mode: 0o700 });
    },
    async putBack() {
      rmSync(place, { recursive: true });
      renameSync(away, place);
    },
    forgetWrongPins: async () => {},
    stop: async () => token.remove(),
  };
}

/** SoftHSM behind the fault module, which gives it tries and takes it out. */
function createFaultyTokens(): { token: TestToken; fault: Fault; stack: Stack } {
  const token = createTokens();
  const fault = createFault({ token });
  fault.rules([TRIES]);
  const stack: Stack = {
    ...token,
    ...{ modulePath: fault.modulePath, env: fault.env, keys: KEYS },
    pullOut: async () => fault.rules([TRIES, 'card absent']),
    putBack: async () => fault.rules([TRIES]),
    forgetWrongPins: async () => fault.state({}),
    async stop() {
      fault.remove();
      token.remove();
    },
  };
  return { token, fault, stack };
}

async function startRemote(): Promise<Stack> {
  const { stack } = createFaultyTokens();
  const remote = await orEnd(stack.stop, () => startRemoteToken(stack, [LABEL, OTHER]));
  const { modulePath, env } = remote;
  return { ...stack, modulePath, env: { ...env }, stop: () => remote.stop().then(stack.stop) };
}

async function startTpm(): Promise<Stack> {
  const card = await startTpmCard(LABEL);
  await orEnd(card.stop, () => card.add(OTHER));
  // a TPM that was not shut down in order counts one wrong PIN more
  return { ...card, keys: KEYS, pullOut: card.halt, putBack: () => card.resume().then(card.forgetWrongPins) };
}

export const softHsm: StackKind = {
  id: 'softhsm',
  title: 'SoftHSM',
  text: 'SoftHSM 2: a card in files. The files are taken away and brought back.',
  start: startSoftHsm,
};

export const faultModule: StackKind = {
  id: 'fault',
  title: 'Fault module',
  text: "SoftHSM behind the tests' own module, which counts wrong PINs to three and tells by its flags, and takes the card out.",
  start: async () => createFaultyTokens().stack,
};

export const tpm: StackKind = {
  id: 'tpm',
  title: 'TPM',
  text: 'tpm2-pkcs11 on a TPM in software (swtpm), without a resource manager. Pulled out: the TPM is without power.',
  start: startTpm,
};

export const p11Kit: StackKind = {
  id: 'p11-kit',
  title: 'p11-kit',
  text: "p11-kit's client and server, which pass on a card of another computer: here that of the fault module.",
  start: startRemote,
};
