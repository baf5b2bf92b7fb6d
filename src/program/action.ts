/** What the commands of the tree have in common: how one is started, and how its examples stand in its help. */
import type { Command, OptionValues } from 'commander';
import { refuseEmpty } from '../command-line.js';
import type { Context, GlobalOptions, Outcome } from '../context.js';

/** Runs one command: given its name, its flags and the function that loads and calls it. */
export type Start = (name: string, options: GlobalOptions, run: (context: Context) => Promise<Outcome>) => Promise<void>;

type Run = (context: Context, options: OptionValues, args: string[]) => Promise<Outcome>;

export function act(command: Command, start: Start, name: string, run: Run): void {
  command.action(async (...args: unknown[]) => {
    const self = args.at(-1) as Command;
    const options = self.optsWithGlobals();
    flagWins(self, options, 'driver', 'module');
    refuseEmpty(options, name);
    await start(name, options as GlobalOptions, (context) => run(context, options, self.args));
  });
}

/** Takes `other` out of `options` where a variable gave it and the command line `typed`: both say the same thing, and a flag wins over a variable. */
export function flagWins(command: Command, options: OptionValues, typed: string, other: string): void {
  if (command.getOptionValueSource(typed) === 'cli' && command.getOptionValueSource(other) === 'env') delete options[other];
}

/** Puts a paragraph under the help of a command, line by line. */
export function explain(command: Command, ...lines: string[]): Command {
  return command.addHelpText('after', `\n${lines.join('\n')}`);
}

/** Puts command lines under the help of a command; each as it is typed, without the prompt. */
export function examples(command: Command, ...lines: string[]): Command {
  const title = lines.length === 1 ? 'Example' : 'Examples';
  return command.addHelpText('after', `\n${title}:\n${lines.map((line) => `  $ ${line}`).join('\n')}`);
}
