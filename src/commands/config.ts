/** `lyncauth config`: reads and writes the settings file. */
import type { Context, Outcome } from '../context.js';
import { EXIT } from '../errors.js';

/** `config get NAME`; one that is not set prints nothing and ends with 1. @throws LyncauthError CONFIG_INVALID for an unknown name */
export async function get(context: Context, [name = '']: string[]): Promise<Outcome> {
  const value = (await context.settings()).get(name);
  if (value === undefined) return { result: { name, value: null }, exitCode: EXIT.failed };
  return { result: { name, value }, text: `${value}\n` };
}

/** `config set NAME VALUE`. @throws LyncauthError CONFIG_INVALID for an unknown name or a value that cannot be one */
export async function set(context: Context, [name = '', value = '']: string[]): Promise<Outcome> {
  const settings = await context.settings();
  await settings.set(name, value);
  context.progress.note(`${name} is written to ${settings.path}`);
  return { result: { name, value, path: settings.path } };
}

/** `config unset NAME`: takes it out of the user's file. @throws LyncauthError CONFIG_INVALID for an unknown name */
export async function unset(context: Context, [name = '']: string[]): Promise<Outcome> {
  const settings = await context.settings();
  await settings.unset(name);
  context.progress.note(`${name} is no longer set in ${settings.path}`);
  return { result: { name, value: settings.get(name) ?? null, path: settings.path } };
}

/** `config list`. */
export async function list(context: Context): Promise<Outcome> {
  const entries = (await context.settings()).list();
  const text = entries.map((entry) => `${entry.name} = ${entry.value}  (${entry.source})\n`).join('');
  return { result: { settings: entries }, text: text || 'nothing is set\n' };
}

/** `config path`. */
export async function path(context: Context): Promise<Outcome> {
  const { configFile, machineConfigFile } = context.paths;
  return { result: { path: configFile, machine: machineConfigFile }, text: `${configFile}\n` };
}
