/** The commands that work on a card: names, flags, help and examples. Loads none of them before it is run. */
import type { Command } from 'commander';
import { addCardFlags, addPinFlags, newPinFile, setting, soPinFile } from '../commands/flags.js';
import { act, examples, explain, flagWins, type Start } from './action.js';
import { addEnrollFlags } from './enroll-flags.js';

export function addEnroll(program: Command, start: Start): void {
  const command = program
    .command('enroll')
    .description('get a certificate from a certification authority (AD CS Web Enrollment) onto a smart card');
  addEnrollFlags(command);
  explain(
    command,
    'A YubiKey (ykcs11) has fixed key slots, and its keys are made with the management',
    'key (--so-pin-file) beside the PIN. --key-id names the slot: 01 is 9A, 02 is 9C.',
    'A slot in use needs --replace: its old key is lost when the new one is made.',
    'Unattended, LYNCAUTH_KEY_ID names no such slot: give --key-id.',
    'OpenSC reads PIV cards and does not enroll them.',
  );
  examples(
    command,
    'lyncauth enroll',
    "lyncauth enroll --ca https://ca.contoso.com/certsrv --user 'CONTOSO\\kim' --upn kim@contoso.com",
    'lyncauth enroll --json --no-input --yes --card Kim --upn kim@contoso.com --pin-file pin --password-file password',
    'lyncauth enroll --yes --card Kim --upn kim@contoso.com --pin-change at-first-use',
    'lyncauth enroll --driver ykcs11 --so-pin-file management-key --key-id 02',
    'lyncauth enroll --resume 84',
  );
  act(command, start, 'enroll', async (context, options) =>
    (await import('../commands/enroll.js')).run(context, {
      ...options,
      newPinFileGiven: isTyped(command, 'newPinFile'),
      keyIdGiven: isTyped(command, 'keyId'),
    }),
  );
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
  const command = program.command('change-pin').description('change the PIN of a smart card, or check it');
  addPinFlags(addCardFlags(command))
    .addOption(newPinFile())
    .option('--check', 'only say whether the PIN is right; a wrong one costs a try, as everywhere');
  examples(
    command,
    'lyncauth change-pin',
    'lyncauth change-pin --no-input --card Kim --pin-file old --new-pin-file new',
    'lyncauth change-pin --check',
  );
  act(command, start, 'change-pin', async (context, options) =>
    (await import('../commands/change-pin.js')).run(context, {
      ...options,
      newPinFileGiven: isTyped(command, 'newPinFile'),
    }),
  );
}

export function addUnblockPin(program: Command, start: Start): void {
  const command = program
    .command('unblock-pin')
    .description(
      'set a new PIN on a smart card whose PIN is blocked or forgotten, with its PUK or the PIN of its security officer (SO PIN)',
    );
  addCardFlags(command)
    .addOption(setting('--puk-file <file>', 'file (mode 0600) with the PUK, - for one line of standard input').env('LYNCAUTH_PUK_FILE'))
    .addOption(soPinFile())
    .addOption(newPinFile());
  explain(
    command,
    'Which of the two a card wants depends on its driver: OpenSC and YubiKeys take the',
    'PUK; SafeNet and Thales cards, TPMs and SoftHSM the SO PIN. A wrong one costs a',
    'try, and a PUK or SO PIN that is blocked stays blocked. Keys and certificates',
    'stay on the card.',
  );
  examples(
    command,
    'lyncauth unblock-pin',
    'lyncauth unblock-pin --no-input --card Kim --puk-file puk --new-pin-file new',
    'lyncauth unblock-pin --no-input --card Kim --so-pin-file so-pin --new-pin-file new',
  );
  act(command, start, 'unblock-pin', async (context, options) => {
    flagWins(command, options, 'soPinFile', 'pukFile');
    flagWins(command, options, 'pukFile', 'soPinFile');
    return await (await import('../commands/unblock-pin.js')).run(context, options);
  });
}

function isTyped(command: Command, option: string): boolean {
  return command.getOptionValueSource(option) === 'cli';
}
