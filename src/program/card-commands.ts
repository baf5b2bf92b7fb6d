/** The commands that work on a card: names, flags, help and examples. Loads none of them before it is run. */
import type { Command } from 'commander';
import { addCardFlags, addPinFlags, setting } from '../commands/flags.js';
import { act, examples, type Start } from './action.js';
import { addEnrollFlags } from './enroll-flags.js';

export function addEnroll(program: Command, start: Start): void {
  const command = program
    .command('enroll')
    .description('get a certificate from a certification authority (AD CS Web Enrollment) onto a smart card');
  examples(
    addEnrollFlags(command),
    'lyncauth enroll',
    "lyncauth enroll --ca https://ca.contoso.com/certsrv --user 'CONTOSO\\kim' --upn kim@contoso.com",
    'lyncauth enroll --json --no-input --yes --card Kim --upn kim@contoso.com --pin-file pin --password-file password',
    'lyncauth enroll --resume 84',
  );
  act(command, start, 'enroll', async (context, options) => (await import('../commands/enroll.js')).run(context, options));
}

export function addCards(program: Command, start: Start): void {
  const command = program
    .command('cards')
    .description('list readers, cards, the state of their PINs, keys and certificates; no PIN is used');
  examples(
    addCardFlags(command, { fromEnvironment: false }),
    'lyncauth cards',
    'lyncauth cards --json --module /usr/lib/softhsm/libsofthsm2.so',
  );
  act(command, start, 'cards', async (context, options) => (await import('../commands/cards.js')).run(context, options));
}

export function addChangePin(program: Command, start: Start): void {
  const command = program.command('change-pin').description('change the PIN of a smart card');
  addPinFlags(addCardFlags(command)).addOption(
    setting('--new-pin-file <file>', 'file (mode 0600) with the new PIN').env('LYNCAUTH_NEW_PIN_FILE'),
  );
  examples(command, 'lyncauth change-pin', 'lyncauth change-pin --no-input --card Kim --pin-file old --new-pin-file new');
  act(command, start, 'change-pin', async (context, options) => (await import('../commands/change-pin.js')).run(context, options));
}
