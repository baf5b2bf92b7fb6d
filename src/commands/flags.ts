/** The flags that commands share and those of sign-in, their environment twins and their checks. Beside the command tree the only file that knows commander. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { METHOD_NAMES } from '../store/method-names.js';

/** Flags that choose the card. */
export interface CardOptions {
  module?: string;
  driver?: string;
  card?: string;
  reader?: string;
  wait?: number | true;
}

/** Flags that give the PIN. */
export interface PinOptions {
  pinFile?: string;
  allowPinEnv?: boolean;
}

/** Flags of what asks a server. */
export interface ServerOptions {
  caFile?: string;
  timeout?: number;
}

/** Flags of every command. */
export function addGlobalFlags(program: Command): Command {
  return program
    .option('--json', 'print one JSON object on standard output and nothing else')
    .addOption(setting('--no-input', 'never ask; a missing answer is an error that names its flag'))
    .option('--quiet', 'print results and errors only')
    .option('-v, --verbose', 'tell what is done, step by step')
    .option('--trace', 'tell everything but secrets; errors show their causes')
    .addOption(setting('--log-file <file>', 'write what --trace tells to a file').env('LYNCAUTH_LOG_FILE'))
    .option('--no-color', 'no colour, no animation')
    .addOption(
      setting(
        '--timeout <seconds>',
        "longest single call to the card's driver (60; key generation and a PIN pad 300) and HTTP exchange (60; a CA's decision 180)",
      )
        .env('LYNCAUTH_TIMEOUT')
        .argParser(positiveSeconds),
    )
    .addOption(setting('--config-dir <dir>', 'folder of the settings, of open enrollments and of the session').env('LYNCAUTH_CONFIG_DIR'))
    .addOption(setting('--askpass <command>', 'program that is told what to ask for and prints the answer').env('LYNCAUTH_ASKPASS'));
}

/**
 * @param fromEnvironment - whether variables may choose the card as well: not where all cards are listed
 * @param wait - whether the command may wait for the card
 */
export function addCardFlags(command: Command, { fromEnvironment = true, wait = true } = {}): Command {
  const card = setting('--card <card>', 'the card: its label, serial number or pkcs11: URI');
  const reader = setting('--reader <name>', 'the reader that holds the card');
  command
    .addOption(setting('--module <path>', 'PKCS#11 module (driver) of the card').env('LYNCAUTH_MODULE'))
    .addOption(setting('--driver <name>', 'driver by name or by the manufacturer on the card').env('LYNCAUTH_DRIVER'))
    .addOption(fromEnvironment ? card.env('LYNCAUTH_CARD') : card)
    .addOption(fromEnvironment ? reader.env('LYNCAUTH_READER') : reader);
  return wait ? command.addOption(setting('--wait [seconds]', 'wait for the card to be inserted').argParser(positiveSeconds)) : command;
}

/** Flags that give the PIN; none takes it as its value. */
export function addPinFlags(command: Command): Command {
  return command
    .addOption(setting('--pin-file <file>', 'file (mode 0600) with the PIN, - for one line of standard input').env('LYNCAUTH_PIN_FILE'))
    .option('--allow-pin-env', 'take the PIN from LYNCAUTH_PIN (other programs of yours can read it there)');
}

/** Flags of sign-in, those that choose the card and give its PIN among them. */
export function addSignInFlags(command: Command): Command {
  return addPinFlags(addCardFlags(command))
    .addOption(keyId('the key of the certificate to sign in with, as lyncauth cards shows it'))
    .addOption(
      setting('--method <method>', 'how to sign in; auto uses the card by what the pool offers, never a password (default: auto)').choices([
        'auto',
        ...METHOD_NAMES,
      ]),
    )
    .addOption(setting('--server <url>', 'the pool, where it cannot be found by the address').env('LYNCAUTH_SERVER'))
    .addOption(
      setting('--trust-domain <domains>', 'domains beside that of the address whose servers may see your sign-in, with commas').env(
        'LYNCAUTH_TRUST_DOMAIN',
      ),
    )
    .addOption(caFile())
    .addOption(account("domain account, 'DOMAIN\\user' or user@domain, to sign in with its password (default: the address)"))
    .addOption(passwordFile())
    .option('--forget-first', 'delete stored sign-in information before signing in');
}

/** `--ca-file`, of every command that asks a server. */
export function caFile(): Option {
  return setting('--ca-file <file>', 'certificates (PEM or DER) to trust for the connection, beside those of this computer').env(
    'LYNCAUTH_CA_FILE',
  );
}

/** `--user`. @param description - whose account it is */
export function account(description: string): Option {
  return setting('--user <account>', description).env('LYNCAUTH_USER');
}

/** `--password-file`. @param what - is in it */
export function passwordFile(what = 'the password'): Option {
  return setting('--password-file <file>', `file (mode 0600) with ${what}; - for a line of stdin`).env('LYNCAUTH_PASSWORD_FILE');
}

/** `--new-pin-file`. @param what - is in it */
export function newPinFile(what = 'the new PIN'): Option {
  return setting('--new-pin-file <file>', `file (mode 0600) with ${what}`).env('LYNCAUTH_NEW_PIN_FILE');
}

/** `--so-pin-file`. */
export function soPinFile(): Option {
  return setting('--so-pin-file <file>', 'file (mode 0600) with the SO PIN, - for one line of standard input').env('LYNCAUTH_SO_PIN_FILE');
}

/** `--key-id`. @param description - which key it is */
export function keyId(description: string): Option {
  return setting('--key-id <hex>', description).argParser(hexId).env('LYNCAUTH_KEY_ID');
}

/** An option; `.env()` is for settings only, never for flags that act or consent. */
export function setting(flags: string, description: string): Option {
  return new Option(flags, description);
}

/** @throws InvalidArgumentError unless `text` is a positive number of seconds */
export function positiveSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds <= 0) throw new InvalidArgumentError('It must be a number of seconds above 0.');
  return seconds;
}

/** @throws InvalidArgumentError unless `text` is a CKA_ID in hexadecimal */
export function hexId(text: string): string {
  if (!/^([0-9a-f]{2})+$/i.test(text)) throw new InvalidArgumentError('It must be bytes in hexadecimal, as lyncauth cards shows them.');
  return text.toLowerCase();
}
