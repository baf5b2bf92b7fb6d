/** A card with what holds it and the driver in front of it, as the contract wants it. Types only. */
import type { StepCard } from '../card-step.js';
import type { TestLab } from '../lab.js';

export type StackId = 'softhsm' | 'fault' | 'tpm' | 'p11-kit' | 'piv-ykcs11' | 'piv-opensc';

export interface Stack extends StepCard {
  /** What a process needs to see the card. */
  env: Readonly<Record<string, string>>;
  /** Unblocks the PIN, where that is not the security officer's PIN. */
  puk?: string;
  /** CKA_IDs, hex, for the keys that the contract makes itself. */
  keys: { rsa2048: string; p256: string };
  /** Takes the card away, as far as its driver can see, and brings it back. */
  pullOut(): Promise<void>;
  putBack(): Promise<void>;
  /** Gives the PIN all its tries back, by other means than the contract's. */
  forgetWrongPins(): Promise<void>;
  stop(): Promise<void>;
}

export interface StackKind {
  id: StackId;
  /** Above its column. */
  title: string;
  /** What it is, for people. */
  text: string;
  /** A new card, with a second one beside it, which the contract only sees. @param lab for files, and for certificates */
  start(lab: TestLab): Promise<Stack>;
}

/** What one cell came to: what the stack does, or how it refuses, by the driver's own return value where it has one. */
export type Measured = { does: string } | { cannot: string };
