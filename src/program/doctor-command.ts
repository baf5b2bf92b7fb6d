/** `lyncauth doctor`: flags, help and examples. Loads it only when it is run. */
import { type Command, Option } from 'commander';
import { addCardFlags } from '../commands/flags.js';
import { act, examples, explain, type Start } from './action.js';

export function addDoctor(program: Command, start: Start): void {
  const command = program
    .command('doctor')
    .description('look for what is wrong with drivers, readers and cards, and say what mends it; no PIN is used')
    // How it starts itself to look at one driver; it refuses everybody else.
    .addOption(new Option('--probe <what>').hideHelp());
  explain(
    addCardFlags(command, { fromEnvironment: false, wait: false }),
    'Every driver that is installed is looked at, in a process of its own that may',
    'take 10 seconds (--timeout); --module and --driver name the only one to look at,',
    '--card and --reader the only card. Exit code 0: nothing fails, though there may',
    'be warnings; 1: something fails.',
  );
  examples(command, 'lyncauth doctor', 'lyncauth doctor --json', 'lyncauth doctor --driver opensc --timeout 60');
  act(command, start, 'doctor', async (context, options) => (await import('../commands/doctor.js')).run(context, options));
}
