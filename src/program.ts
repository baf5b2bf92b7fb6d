/** The command tree: names, flags, help and examples. Loads no command before it is run. */
import { Command, type OptionValues } from 'commander';
import { refuseEmpty } from './command-line.js';
import { addCardFlags, addEnrollFlags, addGlobalFlags, addPinFlags, setting } from './commands/flags.js';
import type { Context, GlobalOptions, Outcome } from './context.js';

/** Runs one command: given its name, its flags and the function that loads and calls it. */
export type Start = (name: string, options: GlobalOptions, run: (context: Context) => Promise<Outcome>) => Promise<void>;

const EXAMPLES = `
Examples:
  $ lyncauth enroll --ca https://ca.contoso.com/certsrv --user 'CONTOSO\\kim'
  $ lyncauth cards
  $ lyncauth change-pin

lyncauth help exit-codes and lyncauth help environment tell what scripts need.`;

/** The whole tree. @param version - of the program, for --version */
export function createProgram(version: string, start: Start): Command {
  const program = new Command('lyncauth')
    .description(
      'Enrolls smart cards and keeps them in order, for Lync Server and Skype for Business Server, on any machine with a PKCS#11 driver.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', EXAMPLES);
  addGlobalFlags(program);
  addEnroll(program, start);
  addCards(program, start);
  addChangePin(program, start);
  addConfig(program, start);
  addLab(program, start);
  addHelp(program, start);
  silence(program);
  return program;
}

/** Errors of the command line come to the caller as exceptions; only help that was asked for is printed here. */
function silence(command: Command): void {
  command.exitOverride().configureOutput({ writeErr: () => undefined, outputError: () => undefined });
  for (const child of command.commands) silence(child);
}

function addEnroll(program: Command, start: Start): void {
  const command = program
    .command('enroll')
    .description('get a certificate from a certification authority (AD CS Web Enrollment) onto a smart card');
  addEnrollFlags(command).addHelpText(
    'after',
    `
Examples:
  $ lyncauth enroll
  $ lyncauth enroll --ca https://ca.contoso.com/certsrv --user 'CONTOSO\\kim' --upn kim@contoso.com
  $ lyncauth enroll --json --no-input --yes --card Kim --upn kim@contoso.com --pin-file pin --password-file password
  $ lyncauth enroll --resume 84`,
  );
  act(command, start, 'enroll', async (context, options) => (await import('./commands/enroll.js')).run(context, options));
}

function addCards(program: Command, start: Start): void {
  const command = program
    .command('cards')
    .description('list readers, cards, the state of their PINs, keys and certificates; no PIN is used');
  addCardFlags(command, { fromEnvironment: false }).addHelpText(
    'after',
    '\nExamples:\n  $ lyncauth cards\n  $ lyncauth cards --json --module /usr/lib/softhsm/libsofthsm2.so',
  );
  act(command, start, 'cards', async (context, options) => (await import('./commands/cards.js')).run(context, options));
}

function addChangePin(program: Command, start: Start): void {
  const command = program.command('change-pin').description('change the PIN of a smart card');
  addPinFlags(addCardFlags(command))
    .addOption(setting('--new-pin-file <file>', 'file (mode 0600) with the new PIN').env('LYNCAUTH_NEW_PIN_FILE'))
    .addHelpText(
      'after',
      '\nExamples:\n  $ lyncauth change-pin\n  $ lyncauth change-pin --no-input --card Kim --pin-file old --new-pin-file new',
    );
  act(command, start, 'change-pin', async (context, options) => (await import('./commands/change-pin.js')).run(context, options));
}

function addConfig(program: Command, start: Start): void {
  const config = program
    .command('config')
    .description('read and write the settings')
    .addHelpText('after', '\nExamples:\n  $ lyncauth config set ca https://ca.contoso.com/certsrv\n  $ lyncauth config list');
  const add = (usage: string, description: string, example: string, verb: 'get' | 'set' | 'unset' | 'list' | 'path') => {
    const command = config.command(usage).description(description).addHelpText('after', `\nExample:\n  $ lyncauth config ${example}`);
    act(command, start, 'config', async (context, _options, args) => (await import('./commands/config.js'))[verb](context, args));
  };
  add('get <name>', 'print one setting', 'get ca', 'get');
  add('set <name> <value>', 'write one setting', 'set user CONTOSO\\kim', 'set');
  add('unset <name>', 'take one setting out of the file', 'unset user', 'unset');
  add('list', 'print all settings and where they come from', 'list', 'list');
  add('path', 'print the name of the settings file', 'path', 'path');
}

function addLab(program: Command, start: Start): void {
  const lab = program
    .command('lab')
    .description('the built-in practice organisation: a CA on this computer, for trying things out')
    .addHelpText('after', '\nExample:\n  $ lyncauth lab run -- lyncauth enroll');
  const load = () => import('./commands/lab.js');
  const run = lab
    .command('run')
    .description('start it with a software card, run a command in it, stop it')
    .argument('<command...>', 'the command and its arguments, after --')
    .option('--dir <dir>', 'keep everything in this folder (default: a temporary one)')
    .option('--card-label <text>', 'label of the software card')
    .option('--fault <name...>', 'let the CA misbehave (lyncauth lab fault lists how)')
    .option('--keep', 'keep the temporary folder')
    .addHelpText(
      'after',
      '\nExamples:\n  $ lyncauth lab run -- lyncauth enroll --json --no-input --yes\n  $ lyncauth lab run --dir practice -- bash',
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
  const fault = inFolder('fault [names...]', 'let the CA misbehave; none ends it, no name lists the ways', 'fault denied');
  act(fault, start, 'lab fault', async (context, options, args) => (await load()).fault(context, { ...options, names: args }));
  const log = inFolder('log', 'print what the CA was asked and how it decided', 'log');
  act(log, start, 'lab log', async (context, options) => (await load()).log(context, options));
}

function addHelp(program: Command, start: Start): void {
  const command = program
    .command('help')
    .argument('[topic...]', 'a command, exit-codes or environment')
    .description('show help for a command or a topic');
  act(command, start, 'help', async (_context, _options, args) => (await import('./commands/help.js')).run(program, args));
}

type Run = (context: Context, options: OptionValues, args: string[]) => Promise<Outcome>;

function act(command: Command, start: Start, name: string, run: Run): void {
  command.action(async (...args: unknown[]) => {
    const self = args.at(-1) as Command;
    const options = self.optsWithGlobals();
    refuseEmpty(options, name);
    await start(name, options as GlobalOptions, (context) => run(context, options, self.args));
  });
}
