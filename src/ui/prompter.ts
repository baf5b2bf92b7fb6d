/** Asks the person at the terminal, through inquirer. Holds no question of its own. */
import type { Prompter, SecretQuestion } from '../context.js';
import { LyncauthError } from '../errors.js';
import { Secret } from '../secret.js';
import { findSecret, type SecretSources } from './secret-source.js';
import { clean } from './streams.js';
import type { Terminal, TerminalStreams } from './terminal.js';

export interface PrompterOptions {
  /** False with --no-input. */
  interactive: boolean;
  /** What openTerminal() found. */
  terminal: Terminal | undefined;
  env: SecretSources['env'];
  askpass?: string | undefined;
  allowPinEnv: boolean;
  /** Whose spinner must stand aside while somebody types. */
  progress: { pause<T>(work: () => Promise<T>): Promise<T> };
  /** Standard input, for `--pin-file -`. */
  stdin?: NodeJS.ReadStream;
}

interface Question {
  type: 'input' | 'confirm' | 'select' | 'password';
  message: string;
  [option: string]: unknown;
}

/** The prompter of this run. Every method throws INPUT_REQUIRED, naming the flag, where nobody can be asked; INTERRUPTED on Ctrl-C. */
export function createPrompter(options: PrompterOptions): Prompter {
  const { terminal, progress, env, allowPinEnv, askpass } = options;
  // A getter: touching process.stdin opens it.
  const stdin = {
    used: false,
    get stream() {
      return options.stdin ?? process.stdin;
    },
  };
  const interactive = options.interactive && terminal !== undefined;

  async function ask<T>(flag: string, question: Question, erase = false): Promise<T> {
    if (!interactive || terminal === undefined) throw inputRequired(question.message, flag);
    // A line typed ahead may name a server; it must not be taken for a PIN, nor for a consent to what nobody has read.
    const fresh = question.type !== 'input';
    return progress.pause(() => terminal.use((streams) => prompt<T>(streams, flag, question, erase), { fresh }));
  }

  async function secret(question: SecretQuestion): Promise<Secret> {
    const found = await progress.pause(() => findSecret(question, { env, allowPinEnv, askpass, stdin }));
    if (found !== undefined) return found;
    const flag = question.flag.includes(' ') ? question.flag : `${question.flag} FILE`;
    if (!interactive) throw inputRequired(question.message, flag + notAllowed(question));
    const message = question.note === undefined ? question.message : `${question.message}\n  ${clean(question.note)}\n `;
    const validate = (answer: string): true | string => {
      if (answer === '') return 'nothing was entered';
      return question.validate?.(answer) ?? true;
    };
    return new Secret(await ask<string>(flag, { type: 'password', message, mask: '*', toggleMask: false, validate }, true));
  }

  function notAllowed({ variable }: SecretQuestion): string {
    return variable === undefined || env[variable] === undefined ? '' : ` (${variable} counts only with --allow-pin-env)`;
  }

  return {
    interactive,
    secret,
    async text({ flag, message, default: preset, validate }) {
      const check = (answer: string): true | string => {
        if (answer.trim() === '' && preset === undefined) return 'an answer is needed';
        return validate?.(answer.trim()) ?? true;
      };
      return (await ask<string>(flag, { type: 'input', message, default: preset, validate: check })).trim();
    },
    confirm: ({ flag, message, default: preset }) => ask<boolean>(flag, { type: 'confirm', message, default: preset }),
    async select({ flag, message, choices, default: preset }) {
      // By number: inquirer compares and unpacks values in its own ways.
      const numbered = choices.map(({ label }, value) => ({ name: clean(label), value }));
      const first = Math.max(0, preset === undefined ? 0 : choices.findIndex(({ value }) => value === preset));
      const index = await ask<number>(flag, { type: 'select', message, choices: numbered, default: first, loop: false });
      const choice = choices[index];
      if (choice === undefined) throw new LyncauthError('INTERNAL', 'the answer is none of the choices');
      return choice.value;
    },
  };
}

async function prompt<T>(streams: TerminalStreams, flag: string, question: Question, erase: boolean): Promise<T> {
  const { default: inquirer } = await import('inquirer');
  const { input, output, ended } = streams;
  const run = inquirer.createPromptModule({ input, output, signal: ended, clearPromptOnDone: erase }) as unknown as (
    questions: object[],
  ) => Promise<{ answer: T }>;
  const message = upperFirst(question.message.split('\n').map(clean).join('\n'));
  try {
    return (await run([{ ...question, message, name: 'answer' }])).answer;
  } catch (error) {
    throw translate(error, question.message, flag);
  }
}

function translate(error: unknown, message: string, flag: string): unknown {
  const name = (error as Error).name;
  if (name === 'ExitPromptError') return new LyncauthError('INTERRUPTED', 'interrupted', { cause: error });
  if (name === 'AbortPromptError') return inputRequired(message, flag, error);
  return error;
}

function inputRequired(message: string, flag: string, cause?: unknown): LyncauthError {
  const [line = ''] = message.split('\n');
  const subject = clean(line).replace(/[\s:]+$/, '');
  const what = subject.endsWith('?') ? `an answer is needed: ${subject}` : `the ${lowerFirst(subject)} is needed`;
  return new LyncauthError('INPUT_REQUIRED', what, { hint: `give ${flag}`, cause });
}

/** `Domain account` becomes `domain account`, `PIN` and `CA address` stay. */
function lowerFirst(text: string): string {
  return /^\p{Lu}(?!\p{Lu})/u.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
