/** The flags that several commands share, their environment twins and their checks. The only file beside program.ts that knows commander. */
import { type Command, InvalidArgumentError, Option } from 'commander';

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
      setting('--timeout <seconds>', 'the longest single exchange with a server').env('LYNCAUTH_TIMEOUT').argParser(positiveSeconds),
    )
    .addOption(setting('--config-dir <dir>', 'folder of the settings and of open enrollments').env('LYNCAUTH_CONFIG_DIR'))
    .addOption(setting('--askpass <command>', 'program that is told what to ask for and prints the answer').env('LYNCAUTH_ASKPASS'));
}

export function addCardFlags(command: Command): Command {
  return command
    .addOption(setting('--module <path>', 'PKCS#11 module (driver) of the card').env('LYNCAUTH_MODULE'))
    .addOption(setting('--driver <name>', 'driver by name or by the manufacturer on the card').env('LYNCAUTH_DRIVER'))
    .addOption(setting('--card <card>', 'the card: its label, serial number or pkcs11: URI').env('LYNCAUTH_CARD'))
    .addOption(setting('--reader <name>', 'the reader that holds the card').env('LYNCAUTH_READER'))
    .addOption(setting('--wait [seconds]', 'wait for the card to be inserted').argParser(positiveSeconds));
}

export function addPinFlags(command: Command): Command {
  return command
    .addOption(setting('--pin-file <file>', 'file (mode 0600) with the PIN, - for one line of standard input').env('LYNCAUTH_PIN_FILE'))
    .option('--allow-pin-env', 'take the PIN from LYNCAUTH_PIN (other programs of yours can read it there)');
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

/** @throws InvalidArgumentError unless `text` looks like user@domain: found out now, not from a certificate that carries another */
export function userPrincipalName(text: string): string {
  if (!/^[^@\s]+@[^@\s]+$/.test(text)) throw new InvalidArgumentError('It must look like user@domain.');
  return text;
}
