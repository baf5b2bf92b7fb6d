/** The command that puts a handed-out key and certificate onto a card: name, flags, help and examples. Loads nothing before it is run. */
import type { Command } from 'commander';
import { addCardFlags, addPinFlags, newPinFile, passwordFile } from '../commands/flags.js';
import { act, examples, explain, type Start } from './action.js';
import { deleteOldKey, friendlyName, issuerCa, replace, upn, yes } from './enroll-flags.js';

export function addImport(program: Command, start: Start): void {
  const command = program
    .command('import <file>')
    .description('put a key and certificate that your organisation handed out (.pfx, .p12, .cer, .crt, .pem, .p7b) onto a smart card');
  addPinFlags(addCardFlags(command))
    .addOption(passwordFile('the password of a .pfx or .p12'))
    .addOption(newPinFile('the PIN that an open enrollment has set'))
    .addOption(issuerCa('certificates (PEM) that may have issued the one in the file; without them the issuer is not checked'))
    .addOption(upn())
    .addOption(friendlyName())
    .addOption(replace())
    .addOption(deleteOldKey())
    .option('--dry-run', 'show what would be imported and change nothing')
    .addOption(yes());
  explain(
    command,
    'A .pfx or .p12 brings its private key along, which then never leaves the card',
    'again. Any other file is a certificate alone: its key must be on the card, and',
    'if an enrollment waits for it, the import completes that.',
  );
  examples(
    command,
    'lyncauth import kim.pfx',
    'lyncauth import kim.pfx --json --no-input --yes --upn kim@contoso.com --password-file password --pin-file pin',
    'lyncauth import certnew.p7b --issuer-ca contoso-ca.pem',
  );
  act(command, start, 'import', async (context, options, args) =>
    (await import('../commands/import.js')).run(context, { ...options, file: args[0] ?? '' }),
  );
}
