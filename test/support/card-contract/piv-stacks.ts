/** The stacks of a PIV card in a reader: as Yubico's own driver has it, and as OpenSC has the same card when it was handed out. */
import { join } from 'node:path';
import { PRACTICE_PIN } from '../../../src/lab/environment.js';
import type { KeyType } from '../../../src/pkcs11/types.js';
import { factoryState, saveState } from '../../fixtures/piv-card/state.js';
import { cardStep, type StepJob } from '../card-step.js';
import { runCli } from '../cli.js';
import type { TestLab } from '../lab.js';
import { openScConf } from '../opensc-conf.js';
import { orEnd } from '../or-end.js';
import { type PivReader, startPivReader } from '../piv-card.js';
import { certifyAlice, certifyNobody } from './certify.js';
import type { Stack, StackKind } from './stack.js';

/** CKA_IDs of the slots 9a (authentication) and 9c (signature, with the PIN each time). */
const HANDED_OUT = { rsa2048: '01', p256: '02' } as const;
/** The first slot for retired keys in place of 9a, which is left to enroll. */
const BESIDE = { rsa2048: '05', p256: '02' } as const;

/** Two cards whose PIN is the organisation's, since the program takes none that everybody knows. */
function startReader(lab: TestLab): Promise<PivReader> {
  const cards = ['card', 'other-card'].map((name) => join(lab.dir, `${name}.json`));
  for (const path of cards) {
    const state = factoryState();
    saveState(path, { ...state, pin: { ...state.pin, value: PRACTICE_PIN } });
  }
  return startPivReader({ cards });
}

/** The card in the first slot, as `driver` has it. Chosen by its serial number: labels of PIV cards may be all the same. */
async function cardOf(reader: PivReader, driver: 'opensc' | 'ykcs11', more: Readonly<Record<string, string>> = {}): Promise<Stack> {
  const { card } = reader;
  const modulePath = reader.modules[driver];
  const env = { ...reader.env, ...more };
  const { readers } = (await runCli(['cards', '--module', modulePath, '--json'], { env })).json().result;
  return {
    ...{ modulePath, label: readers[0].token.serial, pin: PRACTICE_PIN, soPin: card.managementKey, puk: card.puk, env },
    keys: driver === 'ykcs11' ? BESIDE : HANDED_OUT,
    pullOut: card.pullOut,
    putBack: card.putBack,
    // the right PIN gives them back
    forgetWrongPins: async () => {},
    stop: reader.close,
  };
}

/** Puts a key and its certificate onto the card, as those do who hand it out. */
async function handOut(stack: Stack, { type, id }: { type: KeyType; id: string }, certify: (publicKey: string) => string): Promise<void> {
  const done = async (job: StepJob) => {
    const { value, refused } = await cardStep(stack, job, stack.env);
    if (refused !== undefined) throw new Error(`the card could not be handed out: ${refused.message}`);
    return value;
  };
  const publicKey = await done({ step: 'generate', type, id });
  await done({ step: 'install', id, der: certify(publicKey) });
}

async function startByYkcs11(lab: TestLab): Promise<Stack> {
  const reader = await startReader(lab);
  return await orEnd(reader.close, () => cardOf(reader, 'ykcs11'));
}

async function startByOpenSc(lab: TestLab): Promise<Stack> {
  const reader = await startReader(lab);
  return await orEnd(reader.close, async () => {
    const maker = await cardOf(reader, 'ykcs11');
    await handOut(maker, { type: 'rsa2048', id: HANDED_OUT.rsa2048 }, (publicKey) => certifyAlice(lab, publicKey));
    await handOut(maker, { type: 'p256', id: HANDED_OUT.p256 }, (publicKey) => certifyNobody(lab, publicKey));
    return await cardOf(reader, 'opensc', openScConf(lab.dir));
  });
}

export const pivByYkcs11: StackKind = {
  id: 'piv-ykcs11',
  title: 'PIV, ykcs11',
  text: "a PIV card in a PC/SC reader, through Yubico's driver. Keys and certificates are the business of the holder of its management key, the SO PIN of this driver.",
  start: startByYkcs11,
};

export const pivByOpenSc: StackKind = {
  id: 'piv-opensc',
  title: 'PIV, OpenSC',
  text: 'such a card, enrolled through ykcs11 before, through OpenSC; with `user_pin_unblock_style = set_pin_in_unlogged_session` in its configuration.',
  start: startByOpenSc,
};
