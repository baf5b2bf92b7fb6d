/** One line of the contract. Types only. */
import type { Bench } from './bench.js';
import type { Measured } from './stack.js';

export type CellId =
  | ('list' | 'select' | 'login')
  | ('wrong-pin' | 'change-pin' | 'lock-out' | 'unblock')
  | ('rsa-key' | 'rsa-sign' | 'ec-key' | 'ec-sign' | 'install' | 'find')
  | ('pull-out' | 'put-back')
  | ('enroll' | 'sign-in' | 'replace');

export interface Cell {
  /** Names it in expected.ts. */
  id: CellId;
  /** Before its row. */
  title: string;
  /** What is done, for people who want to know what was measured. */
  text: string;
  /** Leaves the card as the cells after it want it: its PIN the same, its tries all there. */
  run(bench: Bench): Promise<Measured>;
}
