/** What drivers this computer has, by what lies where. Must not import native code, and loads no driver. */
import { isLyncauthError, type LyncauthError } from '../errors.js';
import { driverProfiles, matchDriver } from './drivers/registry.js';
import { findModule, isInstalled, type LocatedModule, type ModuleChoice, namedModules } from './locate.js';
import { p11KitModules } from './p11-kit.js';
import type { DriverProfile } from './types.js';

export interface InstalledDrivers {
  /** Every profile, with the module that `--driver` would take; undefined where none is installed. */
  drivers: { profile: DriverProfile; module: LocatedModule | undefined }[];
  /** What p11-kit's module files, environment and settings name; what only p11-kit names and is not there is left out. */
  modules: FoundModule[];
  /** What is taken without flags, or why there is none. */
  used: FoundModule | LyncauthError;
}

export interface FoundModule extends LocatedModule {
  /** By the name of its file. */
  profile: DriverProfile;
  installed: boolean;
}

/** Looks at the places where drivers are. @param choice - what a run without flags goes by */
export function installedDrivers(choice: ModuleChoice): InstalledDrivers {
  const { env } = choice;
  const configured = p11KitModules(env).filter(isInstalled);
  return {
    drivers: driverProfiles.map((profile) => ({ profile, module: unlessMissing(() => findModule({ driver: profile.id, env })) })),
    modules: [...configured.map((path) => ({ path, source: 'p11-kit' as const })), ...namedModules(choice)].map(lookAt),
    used: chosen(choice),
  };
}

function chosen(choice: ModuleChoice): FoundModule | LyncauthError {
  try {
    return lookAt(findModule(choice));
  } catch (error) {
    if (isLyncauthError(error, 'MODULE_NOT_FOUND', 'USAGE')) return error;
    throw error;
  }
}

function unlessMissing(locate: () => LocatedModule): LocatedModule | undefined {
  try {
    return locate();
  } catch (error) {
    if (isLyncauthError(error, 'MODULE_NOT_FOUND')) return undefined;
    throw error;
  }
}

function lookAt(module: LocatedModule): FoundModule {
  return { ...module, profile: matchDriver({}, module.path), installed: isInstalled(module.path) };
}
