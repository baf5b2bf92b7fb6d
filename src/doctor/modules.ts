/** Which drivers are looked at: all that are installed here, or the one that flags and environment name. */
import { realpathSync } from 'node:fs';
import type { LyncauthError } from '../errors.js';
import { isLyncauthError } from '../errors.js';
import { installedDrivers } from '../pkcs11/installed.js';
import type { ModuleChoice } from '../pkcs11/locate.js';
import type { ProbedDriver, Trouble } from './facts.js';
import { asTrouble } from './trouble.js';

export type Candidate = Pick<ProbedDriver, 'path' | 'profile' | 'used'>;

/**
 * The drivers to look at, the one that the commands use first.
 * @throws LyncauthError USAGE for a driver nobody knows
 */
export function candidates(choice: ModuleChoice): { drivers: Candidate[]; noDriver?: Trouble } {
  const found = installedDrivers(choice);
  const { used } = found;
  if (isUsage(used)) throw used;
  const narrowed = (choice.module ?? choice.driver) !== undefined;
  const installed = [
    ...found.modules.filter((module) => module.installed),
    ...found.drivers.flatMap(({ profile, module }) => (module === undefined || profile.onlyWhenNamed ? [] : [{ ...module, profile }])),
  ];
  const first = isLyncauthError(used) ? [] : [used];
  const drivers = distinct([...first, ...(narrowed ? [] : installed)]).map(({ path, profile }) => ({
    path,
    profile,
    used: path === first[0]?.path,
  }));
  return { drivers, ...(isLyncauthError(used) ? { noDriver: asTrouble(used) } : {}) };
}

function isUsage(used: unknown): used is LyncauthError {
  return isLyncauthError(used, 'USAGE');
}

/** One library often has several names. */
function distinct<T extends { path: string }>(modules: T[]): T[] {
  const files = modules.map(({ path }) => realPath(path));
  return modules.filter((_, index) => files.indexOf(files[index] ?? '') === index);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
