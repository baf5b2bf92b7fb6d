/** The commands around the work itself: settings, the practice organisation, help. Loads none of them before it is run. */
import type { Command } from 'commander';
import { setting } from '../commands/flags.js';
import { act, examples, type Start } from './action.js';

export function addConfig(program: Command, start: Start): void {
  const config = program
    .command('config')
    .description('read and write the settings')
    .addHelpText('after', '\nExamples:\n  $ lyncauth config set ca https://ca.contoso.com/certsrv\n  $ lyncauth config list');
  const add = (usage: string, description: string, example: string, verb: 'get' | 'set' | 'unset' | 'list' | 'path') => {
    const command = config.command(usage).description(description).addHelpText('after', `\nExample:\n  $ lyncauth config ${example}`);
    act(command, start, 'config', async (context, _options, args) => (await import('../commands/config.js'))[verb](context, args));
  };
  add('get <name>', 'print one setting', 'get ca', 'get');
  add('set <name> <value>', 'write one setting', "set user 'CONTOSO\\kim'", 'set');
  add('unset <name>', 'take one setting out of the file', 'unset user', 'unset');
  add('list', 'print all settings and where they come from', 'list', 'list');
  add('path', 'print the name of the settings file', 'path', 'path');
  const drivers = config
    .command('drivers')
    .description('list the card drivers that lyncauth knows, those of this computer and the one it uses')
    .addHelpText(
      'after',
      '\nIt looks for files and loads none of them. --driver takes a name of the first column.\n\nExample:\n  $ lyncauth config drivers',
    );
  act(drivers, start, 'config', async (context) => (await import('../commands/config-drivers.js')).run(context));
}

export function addLab(program: Command, start: Start): void {
  const lab = program
    .command('lab')
    .description('the built-in practice organisation: CA, AD FS and Lync pool on this computer, for trying everything out')
    .addHelpText('after', '\nExample:\n  $ lyncauth lab run -- lyncauth enroll');
  const load = () => import('../commands/lab.js');
  const run = lab
    .command('run')
    .description('start it with a software card, run a command in it, stop it')
    .argument('<command...>', 'the command and its arguments, after --')
    .option('--dir <dir>', 'keep everything in this folder (default: a temporary one)')
    .option('--card-label <text>', 'label of the software card')
    .option('--fault <name...>', 'let its servers misbehave (lyncauth lab fault lists how)')
    .option('--keep', 'keep the temporary folder')
    .addHelpText(
      'after',
      '\nExamples:\n  $ lyncauth lab run --dir practice -- lyncauth enroll --no-input --yes\n  $ lyncauth lab run --dir practice -- lyncauth sign-in alice@lab.test --no-input\n  $ lyncauth lab run --dir practice --fault adfs-fail=204 -- lyncauth sign-in alice@lab.test\n  $ lyncauth lab run --dir practice -- bash',
    );
  act(run, start, 'lab run', async (context, options, args) => (await load()).run(context, { ...options, command: args }));

  const inFolder = (usage: string, description: string, example: string) =>
    lab
      .command(usage)
      .description(description)
      .addOption(setting('--dir <dir>', 'folder of the practice organisation').env('LYNCAUTH_LAB_DIR'))
      .addHelpText('after', `\nExample:\n  $ lyncauth lab ${example}`);
  const approve = inFolder('approve <id>', 'issue a request that waits for approval', 'approve 83');
  act(approve, start, 'lab approve', async (context, options, args) => (await load()).approve(context, { ...options, id: args[0] ?? '' }));
  const deny = inFolder('deny <id>', 'deny a request that waits for approval', 'deny 83');
  act(deny, start, 'lab deny', async (context, options, args) => (await load()).deny(context, { ...options, id: args[0] ?? '' }));
  const fault = inFolder('fault [names...]', 'let the servers misbehave; none ends it, no name lists the ways', 'fault denied adfs=2016');
  act(fault, start, 'lab fault', async (context, options, args) => (await load()).fault(context, { ...options, names: args }));
  const log = inFolder('log', 'print what the servers were asked and how they decided', 'log');
  act(log, start, 'lab log', async (context, options) => (await load()).log(context, options));
}

export function addHelp(program: Command, start: Start): void {
  const command = program
    .command('help')
    .argument('[topic...]', 'a command, exit-codes or environment')
    .description('show help for a command or a topic');
  examples(command, 'lyncauth help sign-in', 'lyncauth help exit-codes');
  act(command, start, 'help', async (_context, _options, args) => (await import('../commands/help.js')).run(program, args));
}
