/** A practice organisation with an enrolled card, and what signing in and out leaves there and on this computer. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CliOptions, CliResult } from './cli.js';
import { type LabOptions, startLab, type TestLab } from './lab.js';

export interface SignInLab extends TestLab {
  /** `lyncauth sign-in --json --no-input ARGS`. */
  signIn(args?: string[], options?: CliOptions): Promise<CliResult>;
  /** What became of applications at the pool since this was called last, such as `created` and `deleted`. */
  applications(): string[];
  /** Names of the files that hold something about sign-ins. */
  stored(): string[];
}

export async function startSignInLab(options: LabOptions = {}): Promise<SignInLab> {
  const lab = await startLab(options);
  const enrolled = await lab.enroll();
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
