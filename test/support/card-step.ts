/** One step with a card of any driver in a process of its own, where no command of the program shows it. */
import type { KeyType } from '../../src/pkcs11/types.js';
import { runCommand } from './cli.js';
import { buildScript } from './script.js';

export interface StepCard {
  modulePath: string;
  /** Of the card, or its serial number. */
  label: string;
  pin: string;
  /** Of the security officer. */
  soPin: string;
}

/** Ids are CKA_IDs in hex, bytes are base64. */
export type StepJob =
  | { step: 'init' }
  | { step: 'generate'; type: KeyType; id: string }
  | { step: 'sign'; id: string; text: string }
  /** A signature of a key that wants the PIN each time, with a wrong one; then, in the same session, a login and the signature. */
  | { step: 'sign-again'; id: string; text: string; wrong: string }
  | { step: 'install'; id: string; der: string }
  | { step: 'find'; id: string }
  /** C_Login and nothing before it: the program would not use the last try. */
  | { step: 'wrong-pin'; pin: string };

export interface Signatures {
  /** SPKI, DER. */
  publicKey: string;
  /** CKA_ALWAYS_AUTHENTICATE. */
  pinEachTime: boolean;
  /** By scheme; ECDSA in DER. */
  made: Record<string, string>;
}

/** The name of the return value too, where it was the driver that refused. */
export interface Refused {
  code: string;
  message: string;
  ckr?: string | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: each step has a value of its own
export type StepAnswer = { value: any; refused?: never } | { refused: Refused; value?: never };

/** @param env what a process needs to see the card @returns what the step came to, or what the driver refused it with */
export async function cardStep(card: StepCard, job: StepJob, env: Readonly<Record<string, string>>): Promise<StepAnswer> {
  const { modulePath, label, pin, soPin } = card;
  const script = await buildScript('cards/card-step.ts');
  const command = [process.execPath, script, JSON.stringify({ modulePath, label, pin, soPin }), JSON.stringify(job)];
  return (await runCommand(command, { env: { ...env } })).json();
}
