/** All driver profiles, and which one fits. Must not import native code. */
import type { DriverProfile } from '../types.js';
import { activclient } from './activclient.js';
import { generic } from './generic.js';
import { nss } from './nss.js';
import { opencryptoki } from './opencryptoki.js';
import { opensc } from './opensc.js';
import { p11Kit } from './p11-kit.js';
import { safenet } from './safenet.js';
import { softhsm } from './softhsm.js';
import { tpm2Pkcs11 } from './tpm2-pkcs11.js';
import { ykcs11 } from './ykcs11.js';

/** Known drivers, in the order in which their modules are looked for: cards first, practice last. */
export const driverProfiles: readonly DriverProfile[] = [
  safenet,
  activclient,
  ykcs11,
  opensc,
  tpm2Pkcs11,
  opencryptoki,
  softhsm,
  nss,
  p11Kit,
];

/** What a library or a token says about itself; padding allowed. */
export interface DriverTraits {
  manufacturer?: string;
  /** CK_INFO libraryDescription */
  library?: string;
  /** CK_TOKEN_INFO model */
  model?: string;
}

/**
 * The profile with this id, or the one whose card bears this word: `opensc`, `Yubico`, `Thales IDPrime`.
 * @returns undefined when there is none
 */
export function findDriver(idOrManufacturerWord: string): DriverProfile | undefined {
  const text = idOrManufacturerWord.trim().toLowerCase();
  const words = text.split(/[^a-z0-9]+/);
  return (
    driverProfiles.find((profile) => profile.id === text) ??
    driverProfiles.find((profile) => profile.manufacturers.some((name) => words.includes(name)))
  );
}

/** The profile of a loaded module; `generic` when none fits. */
export function matchDriver(traits: DriverTraits, path: string): DriverProfile {
  return driverProfiles.find(({ match }) => match.path?.test(basename(path))) ?? byTraits(traits) ?? generic;
}

/** The profile for one token behind `module`: behind a module that passes on others, or that nobody knows, it is judged by what it says itself. */
export function matchTokenDriver(module: DriverProfile, traits: DriverTraits): DriverProfile {
  return module.proxy === true ? (byTraits(traits) ?? generic) : module;
}

function byTraits({ manufacturer = '', library = '', model = '' }: DriverTraits): DriverProfile | undefined {
  return driverProfiles.find(
    ({ match }) => match.manufacturer?.test(manufacturer) || match.library?.test(library) || match.model?.test(model),
  );
}

function basename(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
