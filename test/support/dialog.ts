/** Conversations with the program at a terminal: what it asks in an enrollment, and what a person answers. */
import { constants } from 'node:os';
import { onTestFinished } from 'vitest';
import { program } from './cli.js';
import type { TestLab } from './lab.js';
import { openTerminal, type Terminal, type TerminalOptions } from './pty.js';

export interface Exchange {
  /** Printed by the program when it waits for the answer. */
  question: string;
  /** Typed without Enter. */
  answer: string;
}

export const PASSWORD = 'Practice-alice-46';
export const DEFAULT_PIN = '12345678';
export const NEW_PIN = '60718293';
export const CTRL_C = '\x03';
export const CTRL_D = '\x04';

/** What the practice organisation answers in advance, and a person may be asked for instead. */
const ANSWERED = ['CA', 'USER', 'UPN', 'PIN_FILE', 'PASSWORD_FILE', 'CARD'].map((name) => `LYNCAUTH_${name}`);

/** Every question of an enrollment with the published default PIN, in order; empty answers take what is offered. */
export function enrollmentDialog(lab: TestLab): Exchange[] {
  return [
    { question: "Address of the CA's web page", answer: lab.env.LYNCAUTH_CA ?? '' },
    { question: 'Domain account', answer: 'LAB\\alice' },
    { question: 'Password of LAB\\alice', answer: PASSWORD },
    { question: 'Certificate template', answer: '' },
    { question: 'Hash algorithm', answer: '' },
    { question: 'Friendly name', answer: 'Alice at work' },
    { question: 'PIN of card "Test card"', answer: DEFAULT_PIN },
    { question: 'Change it now?', answer: '' },
    { question: 'New PIN of card "Test card" (4 to 255 characters)', answer: NEW_PIN },
    { question: 'New PIN again', answer: NEW_PIN },
    { question: 'Install it?', answer: '' },
  ];
}

/** The environment of `lab` without answers to what can be asked; `known` are kept: `['CA', 'USER']`. */
export function unanswered(lab: TestLab, known: string[] = []): Record<string, string> {
  const kept = known.map((name) => `LYNCAUTH_${name}`);
  return Object.fromEntries(Object.entries(lab.env).filter(([name]) => !ANSWERED.includes(name) || kept.includes(name)));
}

/** The built program on a terminal. Only inside a test, at the end of which it is closed. */
export function openProgram(args: string[], options: TerminalOptions): Terminal {
  const terminal = openTerminal([process.execPath, program, ...args], options);
  onTestFinished(() => terminal.close());
  return terminal;
}

/** Waits for each question and answers it. */
export async function converse(terminal: Terminal, exchanges: readonly Exchange[]): Promise<void> {
  for (const { question, answer } of exchanges) {
    await terminal.waitFor(question);
    terminal.write(`${answer}\r`);
  }
}

/** The exit code that a shell shows: 128 and the signal's number for a process that a signal ended. */
export function shellCode({ code, signal }: { code: number | null; signal: NodeJS.Signals | null }): number | null {
  return signal === null ? code : 128 + constants.signals[signal];
}
