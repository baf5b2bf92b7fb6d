/** A stack beside a practice organisation: where the cells of the contract are measured. */

import { cardStep, type StepAnswer, type StepJob } from '../card-step.js';
import { type CliResult, runCli } from '../cli.js';
import { startLab, type TestLab } from '../lab.js';
import { orEnd } from '../or-end.js';
import { secretFile } from '../secret-files.js';
import type { Measured, Stack, StackKind } from './stack.js';

/** Texts of secrets by the names of their flags: `pin` for --pin-file. */
export type Secrets = Readonly<Record<string, string>>;

export interface Bench {
  stack: Stack;
  lab: TestLab;
  /** What every process with this card finds in its environment. */
  env: Record<string, string>;
  /** `lyncauth ARGS --json --no-input`, with the card and, unless given, its PIN. */
  run(args: readonly string[], secrets?: Secrets): Promise<CliResult>;
  /** Whether the card takes this PIN, by `change-pin --check`. */
  check(pin: string): Promise<CliResult>;
  step(job: StepJob): Promise<StepAnswer>;
  stop(): Promise<void>;
}

export async function openBench(kind: StackKind): Promise<Bench> {
  const lab = await startLab();
  const stack = await orEnd(lab.stop, () => kind.start(lab));
  const { modulePath, label } = stack;
  const env = { ...lab.env, ...stack.env, LYNCAUTH_MODULE: modulePath, LYNCAUTH_CARD: label };
  const run: Bench['run'] = (args, secrets = {}) => {
    const files = Object.entries({ pin: stack.pin, ...secrets }).map(
      ([name, text]) =>
        [`LYNCAUTH_${name.toUpperCase().replaceAll('-', '_')}_FILE`, secretFile(lab.dir, `contract-${name}`, text)] as const,
    );
    return runCli([...args, '--json', '--no-input'], { env: { ...env, ...Object.fromEntries(files) } });
  };
  return {
    ...{ stack, lab, env, run },
    check: (pin) => run(['change-pin', '--check'], { pin }),
    step: (job) => cardStep(stack, job, env),
    async stop() {
      await stack.stop();
      await lab.stop();
    },
  };
}

/** How a run of the program ended, where it did not do what it should: exit code, error and the driver's return value. */
export function ending(result: CliResult): string {
  const { error } = result.json();
  return [`${result.code} \`${error.code}\``, ...(error.details?.ckr === undefined ? [] : [`\`${error.details.ckr}\``])].join(', ');
}

/** @param does what is said when the run ended with 0 */
export function ofRun(result: CliResult, does = 'yes'): Measured {
  return result.code === 0 ? { does } : { cannot: ending(result) };
}

/** @param does what is said of the step's value */
// biome-ignore lint/suspicious/noExplicitAny: each step has a value of its own
export function ofStep({ value, refused }: StepAnswer, does: (value: any) => string = () => 'yes'): Measured {
  return refused === undefined ? { does: does(value) } : { cannot: `\`${refused.ckr ?? refused.code}\`` };
}
