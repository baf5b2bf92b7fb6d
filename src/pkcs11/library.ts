/**
 * Loads a shared library as a PKCS#11 module, after the checks that the binding does not make: a wrong argument there kills the process.
 * Importing this file loads native code.
 */
import { type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Module } from 'graphene-pk11';
import { LyncauthError } from '../errors.js';
import { cardError, ckrOf } from './errors.js';
import { type WatchCall, watchCalls } from './watched-calls.js';

export interface Library {
  /** Absolute path. */
  path: string;
  module: Module;
}

/**
 * Loads the library at `path`; does not initialise it.
 * @param watch of this and every later call
 * @throws MODULE_NOT_FOUND when there is no such file, MODULE_INVALID when it is not a PKCS#11 module for this machine
 */
export function loadLibrary(path: string, watch?: WatchCall): Library {
  const absolute = checkedPath(path);
  // A library runs code of its own while it is loaded.
  const end = watch?.('loading the module');
  try {
    const module = Module.load(absolute);
    if (watch !== undefined) watchCalls(module.lib, watch);
    return { path: absolute, module };
  } catch (error) {
    throw loadError(error, absolute);
  } finally {
    end?.();
  }
}

function checkedPath(path: unknown): string {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new LyncauthError('MODULE_NOT_FOUND', 'no path of a PKCS#11 module was given', {
      hint: 'name the driver of the card with --module',
    });
  }
  const absolute = resolve(path);
  let stats: Stats;
  try {
    stats = statSync(absolute);
  } catch (error) {
    throw new LyncauthError('MODULE_NOT_FOUND', `there is no PKCS#11 module ${absolute}`, {
      hint: 'check --module or LYNCAUTH_MODULE',
      cause: error,
    });
  }
  if (!stats.isFile())
    throw new LyncauthError('MODULE_INVALID', `${absolute} is not a file`, { hint: 'name the library itself with --module' });
  return absolute;
}

function loadError(error: unknown, path: string): LyncauthError {
  if (ckrOf(error) !== undefined) return cardError(error, `loading ${path}`);
  const text = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  return new LyncauthError('MODULE_INVALID', `${path} is not a PKCS#11 module that this machine can load: ${text}`, {
    hint: "name the card driver's PKCS#11 library with --module",
    cause: error,
  });
}
