/** Parses the command line, runs the command, renders its result or error and picks the exit code: the only place that does. */
import manifest from '../package.json' with { type: 'json' };
import { commandOf, commandPath, flagsOf, isParseError, refuseSecrets, usageError, wordsOf } from './command-line.js';
import type { Context, GlobalOptions, Outcome } from './context.js';
import { EXIT, LyncauthError } from './errors.js';
import { createProgram } from './program.js';
import type { Rendered } from './ui/render.js';

interface Shown {
  command: string;
  json: boolean;
  trace: boolean;
  /** False with --no-color. */
  color: boolean;
}

/**
 * Runs the program.
 * @param argv - as process.argv: node, script, arguments
 * @returns the exit code (see errors.ts)
 */
export async function main(argv: string[]): Promise<number> {
  process.stdout.on('error', endWithoutOutput);
  dropEmptyVariables();
  const words = wordsOf(argv);
  let exitCode: number = EXIT.ok;
  const program = createProgram(manifest.version, async (name, options, run) => {
    exitCode = await runCommand(name, options, run);
  });
  const given = (flag: string) => words.includes(flag);
  const names = program.commands.map((child) => child.name());
  const shown = { command: commandOf(words, names), json: given('--json'), trace: given('--trace'), color: !given('--no-color') };
  process.once('uncaughtException', (error) => void fail(error, shown).finally(() => process.exit(EXIT.failed)));
  try {
    refuseSecrets(words);
    await program.parseAsync(argv.length > 2 ? argv : [...argv, '--help']);
    return exitCode;
  } catch (error) {
    if (isParseError(error) && error.exitCode === 0) return EXIT.ok;
    return await fail(isParseError(error) ? usageError(error, commandPath(words, program), flagsOf(program, shown.command)) : error, shown);
  }
}

/** To a script an empty variable and none are the same. */
function dropEmptyVariables(): void {
  for (const [name, value] of Object.entries(process.env)) if (value === '' && name.startsWith('LYNCAUTH_')) delete process.env[name];
}

async function runCommand(name: string, options: GlobalOptions, run: (context: Context) => Promise<Outcome>): Promise<number> {
  const shown = { command: name, json: options.json === true, trace: options.trace === true, color: options.color };
  // When nobody hears any more what is going on, that must not end an enrollment halfway.
  process.stderr.on('error', () => undefined);
  const { createContext } = await import('./create-context.js');
  let close = (_exitCode: number): void => {};
  let exitCode: number = EXIT.failed;
  try {
    const created = await createContext(options, process, () => loadRenderer({ ...shown, trace: false }));
    close = created.close;
    const outcome = await run(created.context);
    const { renderResult } = await import('./ui/render.js');
    if (outcome.failure === undefined || !shown.json) await print(renderResult(name, outcome, shown.json).stdout);
    exitCode = outcome.failure === undefined ? (outcome.exitCode ?? EXIT.ok) : await fail(withResult(outcome.failure, outcome), shown);
  } catch (error) {
    exitCode = await fail(error, shown);
  } finally {
    close(exitCode);
  }
  const { endDespiteLookups } = await import('./watchdog.js');
  endDespiteLookups(exitCode);
  return exitCode;
}

/** The part that failed, and in its details what was done all the same. */
function withResult(failure: LyncauthError, { result }: Outcome): LyncauthError {
  const { code, message, hint, details } = failure;
  return new LyncauthError(code, message, { hint, details: { ...details, ...(result as object) }, cause: failure });
}

async function fail(error: unknown, shown: Shown): Promise<number> {
  const { stdout, stderr } = (await loadRenderer(shown))(error);
  process.stderr.write(stderr);
  await print(stdout);
  return error instanceof LyncauthError ? error.exitCode : EXIT.failed;
}

/** What shows errors as this run shows them. */
async function loadRenderer(shown: Shown): Promise<(error: unknown) => Rendered> {
  const [{ loadErrorRenderer }, { useColor }] = await Promise.all([import('./ui/render.js'), import('./ui/streams.js')]);
  return loadErrorRenderer({ ...shown, color: useColor(process.stderr, process.env, { color: shown.color }) });
}

/** Resolves when the text has left the process: after that the driver may block it, and even end it. */
function print(text: string): Promise<void> {
  return new Promise((resolve) => void process.stdout.write(text, () => resolve()));
}

/** Nobody gets the result. If it is only that its reader has gone (`lyncauth cards | head -1`), there is nobody to tell either. */
function endWithoutOutput(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') process.stderr.write(`lyncauth: error: the output cannot be written (${error.code})\n`);
  process.exit(EXIT.failed);
}
