/** The flags of enroll, and the check of the name that a certificate must carry. */
import { type Command, InvalidArgumentError, type Option } from 'commander';
import { account, addCardFlags, addPinFlags, caFile, keyId, newPinFile, passwordFile, setting, soPinFile } from '../commands/flags.js';

/** All flags of enroll, those that choose the card and give its PIN among them. */
export function addEnrollFlags(command: Command): Command {
  return addPinFlags(addCardFlags(command))
    .addOption(setting('--ca <url>', "address of the CA's web page, https://ca.example/certsrv").env('LYNCAUTH_CA'))
    .addOption(setting('--ca-type <type>', 'kind of certification authority').choices(['certsrv']).env('LYNCAUTH_CA_TYPE'))
    .addOption(caFile())
    .addOption(issuerCa('certificates (PEM) that may have issued the new one, if not those the CA serves'))
    .addOption(
      setting('--auth <scheme>', 'how to log on to the page (default: auto, which never uses Basic)')
        .choices(['auto', 'basic', 'negotiate', 'ntlm'])
        .env('LYNCAUTH_AUTH'),
    )
    .addOption(account("domain account, 'DOMAIN\\user' or user@domain"))
    .addOption(passwordFile())
    .addOption(upn())
    .addOption(setting('--template <name>', 'certificate template (default: SmartcardUser)').env('LYNCAUTH_TEMPLATE'))
    .addOption(setting('--key <set>', 'make a new key set or use one on the card').choices(['new', 'existing']).env('LYNCAUTH_KEY'))
    .addOption(keyId('the existing key, as lyncauth cards shows it; of a YubiKey, the slot of the new one'))
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
    .addOption(friendlyName())
    .addOption(
      setting('--pin-change <when>', 'change the PIN before the key is made, or have its user do so at first use').choices([
        'now',
        'at-first-use',
        'never',
      ]),
    )
    .addOption(newPinFile('the new PIN, for --pin-change now'))
    .addOption(soPinFile())
    .addOption(replace())
    .addOption(deleteOldKey())
    .option('--resume [id]', 'go on with an open request; without an id and with several, list them')
    .option('--resubmit', 'send a request again whose fate is unknown')
    .option('--abandon', 'drop an open request and its key')
    .option('--include-client-info', 'put the names of this computer and its user into the request')
    .option('--dry-run', 'show what would be requested and change nothing')
    .addOption(yes());
}

/** `--issuer-ca`. @param description - of the certificates in it */
export function issuerCa(description: string): Option {
  return setting('--issuer-ca <file>', description).env('LYNCAUTH_ISSUER_CA');
}

/** `--upn`. */
export function upn(): Option {
  return setting('--upn <name>', 'the user principal name the certificate must carry, user@domain')
    .argParser(userPrincipalName)
    .env('LYNCAUTH_UPN');
}

/** `--name`. */
export function friendlyName(): Option {
  return setting('--name <text>', 'friendly name of the key and the certificate').env('LYNCAUTH_NAME');
}

/** `--replace`. */
export function replace(): Option {
  return setting('--replace', 'take the old certificates of the same user off the card');
}

/** `--delete-old-key`. */
export function deleteOldKey(): Option {
  return setting('--delete-old-key', 'with --replace, remove their keys even where they could decrypt');
}

/** `--yes`, of commands that install a certificate. */
export function yes(): Option {
  return setting('--yes', 'install without asking (the certificate is checked all the same)');
}

/** @throws InvalidArgumentError unless `text` looks like user@domain: found out now, not from a certificate that carries another */
function userPrincipalName(text: string): string {
  if (!/^[^@\s]+@[^@\s]+$/.test(text)) throw new InvalidArgumentError('It must look like user@domain.');
  return text;
}
