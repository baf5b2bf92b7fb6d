/** A practice organisation with an enrolled card, and what signing in and out leaves there and on this computer. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { CliOptions, CliResult } from './cli.js';
import type { Token } from './client-card.js';
import { type LabOptions, startLab, type TestLab } from './lab.js';
import { secretFile } from './secret-files.js';
import { shared } from './shared.js';

export interface SignInLabOptions extends LabOptions {
  /** More arguments of the enrollment. */
  enroll?: string[];
  /** Another card than the one on SoftHSM. */
  card?: Token;
}

export interface SignInLab extends TestLab {
  /** `lyncauth sign-in --json --no-input ARGS`. */
  signIn(args?: string[], options?: CliOptions): Promise<CliResult>;
  /** What became of applications at the pool since this was called last, such as `created` and `deleted`. */
  applications(): string[];
  /** Names of the files that hold something about sign-ins. */
  stored(): string[];
}

export async function startSignInLab(options: SignInLabOptions = {}): Promise<SignInLab> {
  const lab = await startLab(options);
  if (options.card !== undefined) useCard(lab, options.card);
  const enrolled = await lab.enroll(options.enroll);
  if (enrolled.code !== 0) throw new Error(`the card could not be enrolled: ${enrolled.stdout}${enrolled.stderr}`);
  let seen = 0;
  return Object.assign(lab, {
    signIn: (args: string[] = [], more: CliOptions = {}) => lab.run(['sign-in', '--json', '--no-input', ...args], more),
    applications() {
      const entries = lab.log().slice(seen);
      seen += entries.length;
      return entries.flatMap((entry) => (['created', 'deleted', 'expired'].includes(entry.event) ? [entry.event] : []));
    },
    stored() {
      try {
        return readdirSync(join(lab.dir, 'config', 'sign-in')).sort();
      } catch {
        return [];
      }
    },
  });
}

/** One for all tests of a file. After each of them no fault is on, nobody is signed in, and nothing is remembered. */
export function useSignInLab(options: SignInLabOptions = {}): SignInLab {
  const lab = shared(
    () => startSignInLab(options),
    (started) => started.stop(),
  );
  afterEach(async () => {
    lab.faults();
    await lab.run(['forget-credentials']);
    lab.applications();
  });
  return lab;
}

function useCard({ env, dir }: TestLab, card: Token): void {
  const pin = secretFile(dir, 'other-pin', card.pin);
  Object.assign(env, card.env, { LYNCAUTH_MODULE: card.modulePath, LYNCAUTH_CARD: card.label, LYNCAUTH_PIN_FILE: pin });
}
