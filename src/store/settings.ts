/** The user's settings over the machine's. Files are checked before they are believed; a damaged one is reported, never reset. */
import { basename, dirname } from 'node:path';
import { LyncauthError } from '../errors.js';
import { type FileRules, quote } from './file-checks.js';
import type { StatePaths } from './paths.js';
import { ensurePrivateDir, readPrivateFile, settlePrivateFile } from './private-files.js';
import { findSettingKey, nearestSettingName, type SettingKey, settingKeys } from './setting-keys.js';

export interface Setting {
  readonly name: string;
  readonly value: string;
  readonly source: 'user' | 'machine';
}

export interface Settings {
  /** The user's file. */
  readonly path: string;
  /**
   * The user's value, else the machine's.
   *
   * @throws LyncauthError CONFIG_INVALID on a name that is no setting
   */
  get(name: string): string | undefined;
  /**
   * Writes the user's value.
   *
   * @throws LyncauthError CONFIG_INVALID on a name that is no setting or a value it can't have
   */
  set(name: string, value: string): Promise<void>;
  /**
   * Removes the user's value, if there is one; the machine's stays.
   *
   * @throws LyncauthError CONFIG_INVALID on a name that is no setting
   */
  unset(name: string): Promise<void>;
  /** All that are set, in the order of the table. */
  list(): Setting[];
}

type Values = Record<string, string>;

const USER_RULES: FileRules = { code: 'CONFIG_INVALID', rootMayOwn: false, mayBeLinked: false, maxBytes: 64 * 1024 };
const MACHINE_RULES: FileRules = { ...USER_RULES, rootMayOwn: true };

/**
 * Reads both files; a missing one has no values.
 *
 * @throws LyncauthError CONFIG_INVALID naming the file: damaged, too long, an unknown key, a bad value, or not to be trusted
 */
export async function loadSettings(paths: StatePaths): Promise<Settings> {
  const machine = readValues(paths.machineConfigFile, MACHINE_RULES);
  let user = readValues(paths.configFile, USER_RULES);
  return {
    path: paths.configFile,
    get: (name) => user[known(name).name] ?? machine[name],
    set: async (name, value) => {
      const key = known(name);
      if (value === '') throw invalid(`${name} must not be empty`, `lyncauth config unset ${name}`);
      check(key, value, name);
      user = await writeValue(paths.configFile, name, value);
    },
    unset: async (name) => {
      if (user[known(name).name] !== undefined) user = await writeValue(paths.configFile, name, undefined);
    },
    list: () =>
      settingKeys.flatMap(({ name }) => [...entry(name, user, 'user'), ...entry(name, user[name] === undefined ? machine : {}, 'machine')]),
  };
}

function entry(name: string, values: Values, source: Setting['source']): Setting[] {
  const value = values[name];
  return value === undefined ? [] : [{ name, value, source }];
}

function readValues(path: string, rules: FileRules): Values {
  const text = readPrivateFile(path, rules);
  if (text === undefined) return {};
  const values: Values = Object.create(null) as Values;
  for (const [name, value] of Object.entries(parse(path, text))) {
    const key = known(name, path);
    if (typeof value !== 'string') throw invalid(`${name} in ${path} must be a text in quotes`, `edit ${quote(path)}`);
    check(key, value, `${name} in ${path}`);
    values[name] = value;
  }
  return values;
}

function parse(path: string, text: string): object {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below: the parser's message would quote the file.
  }
  throw invalid(`${path} is not a JSON object`, `mend it, or start anew: mv ${quote(path)} ${quote(`${path}.bad`)}`);
}

/** conf writes through symbolic links and with mode 644 if left alone: the file was checked just before, and the mode is given. */
async function writeValue(path: string, name: string, value: string | undefined): Promise<Values> {
  ensurePrivateDir(dirname(path), USER_RULES);
  readValues(path, USER_RULES);
  await withoutNewSignalListeners(async () => {
    const { default: Conf } = await import('conf');
    const file = new Conf<Values>({
      cwd: dirname(path),
      configName: basename(path, '.json'),
      projectSuffix: '',
      configFileMode: 0o600,
      accessPropertiesByDotNotation: false,
      clearInvalidConfig: false,
    });
    if (value === undefined) file.delete(name);
    else file.set(name, value);
  });
  settlePrivateFile(path);
  return readValues(path, USER_RULES);
}

/** conf's file writer listens to every signal for good, and would end the program before its own clean-up. */
async function withoutNewSignalListeners(work: () => Promise<void>): Promise<void> {
  const before = signalListeners();
  await work();
  for (const [signal, listeners] of signalListeners()) {
    const known = before.get(signal) ?? [];
    for (const listener of listeners) if (!known.includes(listener)) process.off(signal, listener as () => void);
  }
}

function signalListeners(): Map<string, unknown[]> {
  const signals = process.eventNames().filter((name): name is string => typeof name === 'string' && name.startsWith('SIG'));
  return new Map(signals.map((signal) => [signal, process.rawListeners(signal)]));
}

function known(name: string, path?: string): SettingKey {
  const key = findSettingKey(name);
  if (key !== undefined) return key;
  const nearest = nearestSettingName(name);
  const hint = nearest === undefined ? `use one of ${settingKeys.map((each) => each.name).join(', ')}` : `did you mean ${nearest}?`;
  throw invalid(`there is no setting ${JSON.stringify(name)}${path === undefined ? '' : ` (in ${path})`}`, hint);
}

function check(key: SettingKey, value: string, what: string): void {
  const answer = key.check(value);
  if (answer !== true) throw invalid(`${what} ${answer}`, `${key.name} is the ${key.description}`);
}

function invalid(message: string, hint: string): LyncauthError {
  return new LyncauthError('CONFIG_INVALID', message, { hint });
}
