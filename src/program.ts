/** The command tree: names, flags, help and examples. Loads no command before it is run. */
import { Command } from 'commander';
import { addGlobalFlags } from './commands/flags.js';
import type { Start } from './program/action.js';
import { addCards, addChangePin, addEnroll, addUnblockPin } from './program/card-commands.js';
import { addDoctor } from './program/doctor-command.js';
import { addImport } from './program/import-command.js';
import { addConfig, addHelp, addLab } from './program/other-commands.js';
import { addForgetCredentials, addSignIn, addSignOut, addStatus, addToken } from './program/sign-in-commands.js';

const EXAMPLES = `
Examples:
  $ lyncauth enroll --ca https://ca.contoso.com/certsrv --user 'CONTOSO\\kim'
  $ lyncauth sign-in kim@contoso.com
  $ lyncauth status
  $ lyncauth sign-out

lyncauth help exit-codes and lyncauth help environment tell what scripts need.`;

/** The whole tree. @param version - of the program, for --version */
export function createProgram(version: string, start: Start): Command {
  const program = new Command('lyncauth')
    .description(
      'Signs in to Lync Server and Skype for Business Server with a smart card, and enrolls such cards, on any machine with a PKCS#11 driver.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', EXAMPLES);
  addGlobalFlags(program);
  addEnroll(program, start);
  addSignIn(program, start);
  addStatus(program, start);
  addSignOut(program, start);
  addForgetCredentials(program, start);
  addToken(program, start);
  addCards(program, start);
  addChangePin(program, start);
  addUnblockPin(program, start);
  addImport(program, start);
  addDoctor(program, start);
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
