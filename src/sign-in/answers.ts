/** What is known of a sign-in before anything is asked: flags, then the settings; and the one question, for the address. */
import type { Context } from '../context.js';
import { isLyncauthError, LyncauthError } from '../errors.js';
import { parseAddress, parseServer } from './address.js';
import type { MethodChoice } from './methods.js';
import type { ConnectionOptions } from './tools.js';
import type { Address } from './types.js';

/** The flags, as they are given. */
export interface SignInOptions extends ConnectionOptions {
  address?: string | undefined;
  method?: MethodChoice | undefined;
  server?: string | undefined;
  /** `server` stands on the command line: nothing names it the next time. */
  serverGiven?: boolean | undefined;
  /** Domains, with commas between them. */
  trustDomain?: string | undefined;
  user?: string | undefined;
  /** `user` stands on the command line, and not only in the environment. */
  userGiven?: boolean | undefined;
  passwordFile?: string | undefined;
  forgetFirst?: boolean | undefined;
}

/** The flags completed from the settings, and read. */
export interface SignInAnswers extends ConnectionOptions {
  readonly address: Address | undefined;
  readonly method: MethodChoice;
  readonly server: URL | undefined;
  readonly trustDomains: readonly string[];
  /** Whose password it is, by the name of the account; undefined for the address. */
  readonly user: string | undefined;
  readonly passwordFile: string | undefined;
  readonly forgetFirst: boolean;
}

/** Where the address may come from. */
export interface AddressSource {
  /** On the command line: a person has just typed it. */
  readonly given: Address | undefined;
  /** To be confirmed: the one that signed in last, or the one on the card. */
  readonly last: string | undefined;
}

/** @throws LyncauthError USAGE for an address or a server that is none, and for an account where no password is used */
export async function signInAnswers(context: Context, options: SignInOptions): Promise<SignInAnswers> {
  if (options.userGiven === true && options.method !== 'password') throw accountOfNoPassword();
  const settings = await context.settings();
  const server = options.server ?? settings.get('server');
  const domains = options.trustDomain ?? settings.get('trust-domain') ?? '';
  return {
    address: options.address === undefined ? undefined : parseAddress(options.address),
    method: options.method ?? 'auto',
    server: server === undefined ? undefined : parseServer(server),
    trustDomains: domains
      .split(',')
      .map((domain) => domain.trim())
      .filter((domain) => domain !== ''),
    user: options.user ?? settings.get('user'),
    passwordFile: options.passwordFile,
    forgetFirst: options.forgetFirst === true,
    caFile: options.caFile,
    timeout: options.timeout,
  };
}

function accountOfNoPassword(): LyncauthError {
  return new LyncauthError('USAGE', '--user names the account of a password, and a card needs none', {
    hint: 'leave --user out, or sign in with --method password',
  });
}

/**
 * The sign-in address: the one given, else the one that is known, which a person is shown to check it.
 * @throws LyncauthError INPUT_REQUIRED where nobody can be asked; USAGE
 */
export async function askAddress({ prompter }: Pick<Context, 'prompter'>, { given, last }: AddressSource): Promise<Address> {
  if (given !== undefined) return given;
  if (!prompter.interactive && last !== undefined) return parseAddress(last);
  const answer = await prompter.text({
    message: 'Sign-in address',
    flag: 'it as in: lyncauth sign-in alice@example.com',
    ...(last === undefined ? {} : { default: last }),
    validate: isAddress,
  });
  return parseAddress(answer);
}

function isAddress(answer: string): true | string {
  try {
    parseAddress(answer);
    return true;
  } catch (error) {
    if (isLyncauthError(error)) return error.message;
    throw error;
  }
}
