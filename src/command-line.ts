/** What is said about a command line that cannot be understood. Never repeats a flag's value: it might be a secret. */
import { LyncauthError } from './errors.js';

/** How the parser tells that it could not go on, or that it has printed the help that was asked for (exit code 0). */
export interface ParseError extends Error {
  code: string;
  exitCode: number;
}

/** Flags that people try for secrets. Their values would be seen by every user of the computer and kept in the shell's history. */
const SECRET_FLAG = /^--(pin|new-pin|puk|so-pin|password|passwd|passphrase)(=|$)/;

/** What the parser says, which may quote values of several lines, and what it suggests. */
const COMPLAINT = /^(?:error: )?(.*?)(?:\n\(Did you mean (?:one of )?(.*)\?\))?$/s;

/** The word that there is not: `unknown option '--templat'`. */
const UNKNOWN = /^unknown \w+ '([^'=]+)/;

/** How the parser complains of a value: `option '--key <set>' value 'x' from env 'LYNCAUTH_KEY' is invalid. Allowed choices are …`. */
const INVALID_VALUE = /^option '(?:-\w, )?(--[\w-]+)[^']*' (?:argument|value) '.*?'(?: from env '(\w+)')? is invalid\.\s*(.*)$/s;

/** How the parser complains of `--flag=value` where there is no such flag, or one that takes no value. */
const UNKNOWN_WITH_VALUE = /^unknown option '(--[^'=]+)=/;

/** The part of the command tree that flags are looked up in. */
export interface FlagTree {
  name(): string;
  readonly options: readonly { long?: string | null | undefined }[];
  readonly commands: readonly FlagTree[];
}

/** The words that belong to this program: those before `--`. */
export function wordsOf(argv: string[]): string[] {
  const end = argv.indexOf('--');
  return argv.slice(2, end < 0 ? undefined : end);
}

/**
 * The command that `words` name. Only a name that there is: any other word may be the value of a flag.
 * @param names - of all commands
 */
export function commandOf(words: string[], names: readonly string[]): string {
  return words.find((word) => names.includes(word)) ?? 'lyncauth';
}

/** The command that `words` name, and its subcommand if they name one: `lab run`. */
export function commandPath(words: string[], program: FlagTree): string {
  const command = commandOf(
    words,
    program.commands.map((child) => child.name()),
  );
  const children = program.commands.find((child) => child.name() === command)?.commands.map((child) => child.name()) ?? [];
  const child = words.slice(words.indexOf(command) + 1).find((word) => children.includes(word));
  return child === undefined ? command : `${command} ${child}`;
}

/** @throws LyncauthError SECRET_ON_COMMAND_LINE, without the value, when one of `words` carries a secret */
export function refuseSecrets(words: string[]): void {
  const name = words.map((word) => SECRET_FLAG.exec(word)?.[1]).find((found) => found !== undefined);
  if (name === undefined) return;
  const known = name === 'passwd' || name === 'passphrase' ? 'password' : name;
  throw new LyncauthError('SECRET_ON_COMMAND_LINE', `there is no flag --${name}: other users of this computer could read the value`, {
    hint: `use --${known}-file FILE (mode 0600, - for standard input) or --askpass COMMAND`,
  });
}

/**
 * An empty value, wherever it comes from, is a variable that a script forgot to set.
 * @throws LyncauthError USAGE naming the flag
 */
export function refuseEmpty(options: Readonly<Record<string, unknown>>, command: string): void {
  const name = Object.keys(options).find((key) => options[key] === '');
  if (name === undefined) return;
  const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new LyncauthError('USAGE', `the value of --${flag} is empty`, { hint: `lyncauth ${command} --help` });
}

/** True for an error of commander: words on the command line that it could not make sense of. */
export function isParseError(error: unknown): error is ParseError {
  return error instanceof Error && 'exitCode' in error && 'code' in error && String(error.code).startsWith('commander.');
}

/** The flags of `command`, those of its subcommands and the global ones. */
export function flagsOf(program: FlagTree, command: string): string[] {
  const own = program.commands.filter((child) => child.name() === command);
  const trees = [program, ...own, ...own.flatMap((child) => child.commands)];
  return trees.flatMap(({ options }) => options.flatMap(({ long }) => long ?? []));
}

/** The error for what could not be parsed, in the house's words. @param command - as commandPath() says @param flags - that it takes */
export function usageError(error: ParseError, command: string, flags: readonly string[] = []): LyncauthError {
  const [, text = '', suggestions = ''] = COMPLAINT.exec(error.message) ?? [];
  const asked = command === 'lyncauth' ? '' : ` ${command}`;
  const help = `lyncauth${asked} --help`;
  const valued = UNKNOWN_WITH_VALUE.exec(text)?.[1];
  if (valued !== undefined && flags.includes(valued)) return new LyncauthError('USAGE', `${valued} takes no value`, { hint: help });
  const unknown = UNKNOWN.exec(text)?.[1] ?? '';
  const near = suggestions.split(', ').filter((name) => isNear(unknown, name));
  const hint = near.length === 0 ? help : `did you mean ${near.length === 1 ? '' : 'one of '}${near.join(', ')}?`;
  const message = error.code === 'commander.help' ? `lyncauth${asked} needs a subcommand` : withoutValues(text);
  return new LyncauthError('USAGE', message.replace(/\.$/, ''), { hint });
}

/** `--flag=value` keeps its name only, a cluster of short flags its first letter, an invalid value what is wrong with it. */
function withoutValues(message: string): string {
  const [, flag, variable, why = ''] = INVALID_VALUE.exec(message) ?? [];
  if (flag !== undefined) return `the value of ${variable ?? flag} is invalid: ${lowerFirst(why)}`;
  return message.replace(/'(--[^'=]+)=.*'/s, "'$1'").replace(/'(-[a-zA-Z])[^'-].*'/s, "'$1'");
}

/** One slip of the finger leaves most of a word as it is, before it and behind it; the parser counts letters that were changed, whatever the rest. */
function isNear(typed: string, name: string): boolean {
  const [a, b] = [typed.replace(/^--/, ''), name.replace(/^--/, '')];
  const shorter = Math.min(a.length, b.length);
  let before = 0;
  while (before < shorter && a[before] === b[before]) before += 1;
  let behind = 0;
  while (behind < shorter - before && a.at(-1 - behind) === b.at(-1 - behind)) behind += 1;
  return (before + behind) * 2 > Math.max(a.length, b.length);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
