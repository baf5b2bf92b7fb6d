/** Parses the command line, runs the command, renders its result or error and picks the exit code: the only place that does. */
import { readFileSync } from 'node:fs';
import { isParseError, refuseSecrets, usageError, wordsOf } from './command-line.js';
import type { Context, GlobalOptions, Outcome } from './context.js';
import { EXIT, LyncauthError } from './errors.js';
import { createProgram } from './program.js';

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
  process.stdout.on('error', endQuietly);
  const words = wordsOf(argv);
  let exitCode: number = EXIT.ok;
  try {
    refuseSecrets(words.flags);
    const program = createProgram(version(), async (name, options, run) => {
      exitCode = await runCommand(name, options, run);
    });
    await program.parseAsync(argv.length > 2 ? argv : [...argv, '--help']);
    return exitCode;
  } catch (error) {
    if (isParseError(error) && error.exitCode === 0) return EXIT.ok;
    const given = (flag: string) => words.flags.includes(flag);
    const shown = { command: words.command, json: given('--json'), trace: given('--trace'), color: !given('--no-color') };
    return await fail(isParseError(error) ? usageError(error, words.command) : error, shown);
  }
}

async function runCommand(name: string, options: GlobalOptions, run: (context: Context) => Promise<Outcome>): Promise<number> {
  const shown = { command: name, json: options.json === true, trace: options.trace === true, color: options.color };
  const { createContext } = await import('./create-context.js');
  let close = () => {};
  try {
    const created = await createContext(options, process);
    close = created.close;
    const outcome = await run(created.context);
    const { renderResult } = await import('./ui/render.js');
    process.stdout.write(renderResult(name, outcome, shown.json).stdout);
    return outcome.exitCode ?? EXIT.ok;
  } catch (error) {
    return await fail(error, shown);
  } finally {
    close();
  }
}

async function fail(error: unknown, shown: Shown): Promise<number> {
  const [{ renderError }, { useColor }] = await Promise.all([import('./ui/render.js'), import('./ui/streams.js')]);
  const color = useColor(process.stderr, process.env, { color: shown.color });
  const { stdout, stderr } = await renderError(error, { ...shown, color });
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  return error instanceof LyncauthError ? error.exitCode : EXIT.failed;
}

/** The reader of our output has gone (`lyncauth cards | head -1`): nobody is left to tell. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(EXIT.failed);
}

function version(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
