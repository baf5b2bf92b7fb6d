/** What is said about a command line that cannot be understood. Never repeats a value: it might be a secret. */
import { LyncauthError } from './errors.js';

/** How the parser tells that it could not go on, or that it has printed the help that was asked for (exit code 0). */
export interface ParseError extends Error {
  code: string;
  exitCode: number;
}

/** Flags that people try for secrets. Their values would be seen by every user of the computer and kept in the shell's history. */
const SECRET_FLAG = /^--(pin|new-pin|puk|so-pin|password|passwd|passphrase)(=|$)/;

/** The words before `--`, and the first of them that is not a flag. */
export function wordsOf(argv: string[]): { flags: string[]; command: string } {
  const end = argv.indexOf('--');
  const flags = argv.slice(2, end < 0 ? undefined : end);
  return { flags, command: flags.find((word) => !word.startsWith('-')) ?? 'lyncauth' };
}

/** @throws LyncauthError SECRET_ON_COMMAND_LINE, without the value, when one of `flags` carries a secret */
export function refuseSecrets(flags: string[]): void {
  const name = flags.map((flag) => SECRET_FLAG.exec(flag)?.[1]).find((found) => found !== undefined);
  if (name === undefined) return;
  const known = name === 'passwd' || name === 'passphrase' ? 'password' : name;
  throw new LyncauthError('SECRET_ON_COMMAND_LINE', `there is no flag --${name}: other users of this computer could read the value`, {
    hint: `use --${known}-file FILE (mode 0600, - for standard input) or --askpass COMMAND`,
  });
}

export function isParseError(error: unknown): error is ParseError {
  return error instanceof Error && 'exitCode' in error && 'code' in error && String(error.code).startsWith('commander.');
}

/** The error for what could not be parsed, in the house's words. */
export function usageError(error: ParseError, command: string): LyncauthError {
  const [first = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const asked = command === 'lyncauth' ? '' : ` ${command}`;
  const hint = suggestion === undefined ? `lyncauth${asked} --help` : suggestion.replace(/^\(|\)$/g, '').replace(/^Did/, 'did');
  const text = error.code === 'commander.help' ? `lyncauth${asked} needs a subcommand` : withoutValues(first);
  return new LyncauthError('USAGE', text.replace(/\.$/, ''), { hint });
}

/** `--flag=value` keeps its name only, a cluster of short flags its first letter. */
function withoutValues(message: string): string {
  return message.replace(/'(--[^'=]+)=[^']*'/, "'$1'").replace(/'(-[a-zA-Z])[^'-][^']*'/, "'$1'");
}
