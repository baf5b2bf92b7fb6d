/** The command tree: names, flags, help and examples. Loads no command before it is run. */
import { Command, type OptionValues } from 'commander';
import { refuseEmpty } from './command-line.js';
import { addCardFlags, addGlobalFlags, addPinFlags, hexId, setting, userPrincipalName } from './commands/flags.js';
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
  addPinFlags(addCardFlags(command))
    .addOption(setting('--ca <url>', "address of the CA's web page, https://ca.example/certsrv").env('LYNCAUTH_CA'))
    .addOption(setting('--ca-type <type>', 'kind of certification authority').choices(['certsrv']).env('LYNCAUTH_CA_TYPE'))
    .addOption(
      setting('--ca-file <file>', 'certificates (PEM) to trust for the connection, beside those of this computer').env('LYNCAUTH_CA_FILE'),
    )
    .addOption(
      setting('--issuer-ca <file>', 'certificates (PEM) that may have issued the new one, if not those the CA serves').env(
        'LYNCAUTH_ISSUER_CA',
      ),
    )
    .addOption(setting('--auth <scheme>', 'how to log on to the page').choices(['basic']).env('LYNCAUTH_AUTH'))
    .addOption(setting('--user <account>', "domain account, 'DOMAIN\\user' or user@domain").env('LYNCAUTH_USER'))
    .addOption(
      setting('--password-file <file>', 'file (mode 0600) with the password of the account, - for one line of standard input').env(
        'LYNCAUTH_PASSWORD_FILE',
      ),
    )
    .addOption(
      setting('--upn <name>', 'the user principal name the certificate must carry, user@domain')
        .argParser(userPrincipalName)
        .env('LYNCAUTH_UPN'),
    )
    .addOption(setting('--template <name>', 'certificate template (default: SmartcardUser)').env('LYNCAUTH_TEMPLATE'))
    .addOption(setting('--key <set>', 'make a new key set or use one on the card').choices(['new', 'existing']).env('LYNCAUTH_KEY'))
    .addOption(setting('--key-id <hex>', 'the existing key, as lyncauth cards shows it').argParser(hexId).env('LYNCAUTH_KEY_ID'))
    .addOption(
      setting('--key-type <type>', 'kind of new key (default: rsa2048)')
        .choices(['rsa2048', 'rsa3072', 'rsa4096', 'p256', 'p384'])
        .env('LYNCAUTH_KEY_TYPE'),
    )
    .addOption(
      setting('--hash <hash>', "hash of the request's signature (default: sha256)")
        .choices(['sha256', 'sha384', 'sha512', 'sha1'])
        .env('LYNCAUTH_HASH'),
    )
    .addOption(setting('--name <text>', 'friendly name of the key and the certificate').env('LYNCAUTH_NAME'))
    .addOption(setting('--pin-change <when>', 'change the PIN before the key is made').choices(['now', 'never']))
    .addOption(setting('--new-pin-file <file>', 'file (mode 0600) with the new PIN, for --pin-change now').env('LYNCAUTH_NEW_PIN_FILE'))
    .option('--replace', 'take the old certificates of the same user off the card')
    .option('--delete-old-key', 'with --replace, remove their keys even where they could decrypt')
    .option('--resume [id]', 'go on with an open request; without an id and with several, list them')
    .option('--resubmit', 'send a request again whose fate is unknown')
    .option('--abandon', 'drop an open request and its key')
    .option('--include-client-info', 'put the names of this computer and its user into the request')
    .option('--dry-run', 'show what would be requested and change nothing')
    .option('--yes', 'install without asking (the certificate is checked all the same)')
    .addHelpText(
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
  addCardFlags(command).addHelpText(
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
  const add = (usage: string, description: string, example: string, verb: 'get' | 'set' | 'list' | 'path') => {
    const command = config.command(usage).description(description).addHelpText('after', `\nExample:\n  $ lyncauth config ${example}`);
    act(command, start, 'config', async (context, _options, args) => (await import('./commands/config.js'))[verb](context, args));
  };
  add('get <name>', 'print one setting', 'get ca', 'get');
  add('set <name> <value>', 'write one setting', 'set user CONTOSO\\kim', 'set');
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
