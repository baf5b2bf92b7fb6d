/** The flags that commands share, those of enroll and of sign-in, their environment twins and their checks. The only file beside program.ts that knows commander. */
import { type Command, InvalidArgumentError, Option } from 'commander';

const METHODS = ['auto', 'passive', 'certificate', 'password'];

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
        "longest single call to the card's driver (60; key generation 300) and HTTP exchange (60; a CA's decision 180)",
      )
        .env('LYNCAUTH_TIMEOUT')
        .argParser(positiveSeconds),
    )
    .addOption(setting('--config-dir <dir>', 'folder of the settings, of open enrollments and of the session').env('LYNCAUTH_CONFIG_DIR'))
    .addOption(setting('--askpass <command>', 'program that is told what to ask for and prints the answer').env('LYNCAUTH_ASKPASS'));
}

/** @param fromEnvironment - whether variables may choose the card as well: not where all cards are listed */
export function addCardFlags(command: Command, { fromEnvironment } = { fromEnvironment: true }): Command {
  const card = setting('--card <card>', 'the card: its label, serial number or pkcs11: URI');
  const reader = setting('--reader <name>', 'the reader that holds the card');
  return command
    .addOption(setting('--module <path>', 'PKCS#11 module (driver) of the card').env('LYNCAUTH_MODULE'))
    .addOption(setting('--driver <name>', 'driver by name or by the manufacturer on the card').env('LYNCAUTH_DRIVER'))
    .addOption(fromEnvironment ? card.env('LYNCAUTH_CARD') : card)
    .addOption(fromEnvironment ? reader.env('LYNCAUTH_READER') : reader)
    .addOption(setting('--wait [seconds]', 'wait for the card to be inserted').argParser(positiveSeconds));
}

export function addPinFlags(command: Command): Command {
  return command
    .addOption(setting('--pin-file <file>', 'file (mode 0600) with the PIN, - for one line of standard input').env('LYNCAUTH_PIN_FILE'))
    .option('--allow-pin-env', 'take the PIN from LYNCAUTH_PIN (other programs of yours can read it there)');
}

export function addEnrollFlags(command: Command): Command {
  return addPinFlags(addCardFlags(command))
    .addOption(setting('--ca <url>', "address of the CA's web page, https://ca.example/certsrv").env('LYNCAUTH_CA'))
    .addOption(setting('--ca-type <type>', 'kind of certification authority').choices(['certsrv']).env('LYNCAUTH_CA_TYPE'))
    .addOption(caFile())
    .addOption(
      setting('--issuer-ca <file>', 'certificates (PEM) that may have issued the new one, if not those the CA serves').env(
        'LYNCAUTH_ISSUER_CA',
      ),
    )
    .addOption(setting('--auth <scheme>', 'how to log on to the page').choices(['basic']).env('LYNCAUTH_AUTH'))
    .addOption(setting('--user <account>', "domain account, 'DOMAIN\\user' or user@domain").env('LYNCAUTH_USER'))
    .addOption(passwordFile())
    .addOption(
      setting('--upn <name>', 'the user principal name the certificate must carry, user@domain')
        .argParser(userPrincipalName)
        .env('LYNCAUTH_UPN'),
    )
    .addOption(setting('--template <name>', 'certificate template (default: SmartcardUser)').env('LYNCAUTH_TEMPLATE'))
    .addOption(setting('--key <set>', 'make a new key set or use one on the card').choices(['new', 'existing']).env('LYNCAUTH_KEY'))
    .addOption(keyId('the existing key, as lyncauth cards shows it'))
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
    .option('--yes', 'install without asking (the certificate is checked all the same)');
}

export function addSignInFlags(command: Command): Command {
  return addPinFlags(addCardFlags(command))
    .addOption(keyId('the key of the certificate to sign in with, as lyncauth cards shows it'))
    .addOption(
      setting('--method <method>', 'how to sign in; auto uses the card by what the pool offers, never a password (default: auto)').choices(
        METHODS,
      ),
    )
    .addOption(setting('--server <url>', 'the pool, where it cannot be found by the address').env('LYNCAUTH_SERVER'))
    .addOption(
      setting('--trust-domain <domains>', "domains that may see the card's certificate beside that of the address, with commas").env(
        'LYNCAUTH_TRUST_DOMAIN',
      ),
    )
    .addOption(caFile())
    .addOption(passwordFile())
    .option('--forget-first', 'delete stored sign-in information before signing in');
}

export function caFile(): Option {
  return setting('--ca-file <file>', 'certificates (PEM) to trust for the connection, beside those of this computer').env(
    'LYNCAUTH_CA_FILE',
  );
}

function passwordFile(): Option {
  return setting('--password-file <file>', 'file (mode 0600) with the password; - for a line of stdin').env('LYNCAUTH_PASSWORD_FILE');
}

function keyId(description: string): Option {
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

/** @throws InvalidArgumentError unless `text` looks like user@domain: found out now, not from a certificate that carries another */
export function userPrincipalName(text: string): string {
  if (!/^[^@\s]+@[^@\s]+$/.test(text)) throw new InvalidArgumentError('It must look like user@domain.');
  return text;
}
