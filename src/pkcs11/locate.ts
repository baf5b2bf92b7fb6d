/** Finds the PKCS#11 module to load: what the user names, then what this computer has. Must not import native code, and loads nothing. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { LyncauthError } from '../errors.js';
import { driverProfiles, findDriver, matchDriver } from './drivers/registry.js';
import { p11KitModules } from './p11-kit.js';
import type { DriverProfile } from './types.js';

export interface ModuleChoice {
  /** --module: a path, relative to the working directory if need be. */
  module?: string | undefined;
  /** --driver: a profile id or a word on the card's label. */
  driver?: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  /** The setting `module`. */
  settingsModule?: string | undefined;
  /** The setting `driver`. */
  settingsDriver?: string | undefined;
}

/** A module, and what led to it. */
export interface LocatedModule {
  /** Absolute; whether there is such a file was looked at only where nobody named it. */
  path: string;
  source: '--module' | 'LYNCAUTH_MODULE' | 'settings' | 'p11-kit' | 'known path';
}

/**
 * The module to load: --module, --driver, LYNCAUTH_MODULE, the settings `module` and `driver`, p11-kit's module files, known paths.
 * A driver narrows the last two down.
 * @throws MODULE_NOT_FOUND with all places that were looked at; USAGE for a driver nobody knows
 */
export function findModule(choice: ModuleChoice): LocatedModule {
  const driver = filled(choice.driver);
  const [named] = namedModules({ ...choice, ...(driver === undefined ? {} : { env: {}, settingsModule: undefined }) });
  if (named !== undefined) return named;
  const word = driver ?? filled(choice.settingsDriver);
  return discover(word === undefined ? undefined : knownDriver(word), choice.env);
}

/** Absolute path of findModule(). */
export function locateModule(choice: ModuleChoice): string {
  return findModule(choice).path;
}

/** The modules that flag, environment and settings name, in the order in which they are taken; there or not. */
export function namedModules({ module, env, settingsModule }: ModuleChoice): LocatedModule[] {
  const named = [
    { path: filled(module), source: '--module' },
    { path: filled(env.LYNCAUTH_MODULE), source: 'LYNCAUTH_MODULE' },
    { path: filled(settingsModule), source: 'settings' },
  ] as const;
  return named.flatMap(({ path, source }) => (path === undefined ? [] : [{ path: resolve(path), source }]));
}

/** Whether there is a file at `path`; what it holds is not looked at. */
export function isInstalled(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function discover(driver: DriverProfile | undefined, env: ModuleChoice['env']): LocatedModule {
  const configured = p11KitModules(env).filter((path) => driver === undefined || matchDriver({}, path) === driver);
  const candidates = driver === undefined ? driverProfiles.filter(({ onlyWhenNamed }) => onlyWhenNamed !== true) : [driver];
  const known = candidates.flatMap((profile) => profile.paths[process.platform] ?? []);
  const places = [...new Set([...configured.sort(byDriver), ...known])];
  const found = places.find(isInstalled);
  if (found !== undefined) return { path: found, source: configured.includes(found) ? 'p11-kit' : 'known path' };
  const what = driver === undefined ? 'no PKCS#11 module was found' : `no PKCS#11 module of ${driver.name} was found`;
  throw new LyncauthError('MODULE_NOT_FOUND', places.length === 0 ? what : `${what}; looked at ${places.join(', ')}`, {
    hint: "install the card's driver, or name its library with --module",
    details: { lookedAt: places },
  });
}

/** Cards before practice; a module without a profile first, since somebody configured it for a card of theirs. */
function byDriver(a: string, b: string): number {
  return rank(a) - rank(b);
}

function rank(path: string): number {
  return driverProfiles.indexOf(matchDriver({}, path));
}

function knownDriver(word: string): DriverProfile {
  const driver = findDriver(word);
  if (driver !== undefined) return driver;
  throw new LyncauthError('USAGE', `no driver is known for "${word}"; known are ${driverProfiles.map(({ id }) => id).join(', ')}`, {
    hint: "name the card driver's PKCS#11 library with --module",
  });
}

function filled(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text;
}
