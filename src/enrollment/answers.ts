/** What is known before anything is asked: flags, then the settings of the user and of the machine. */
import { certsrvBase } from '../ca-client/base-url.js';
import type { CaLogonScheme } from '../ca-client/types.js';
import type { Context } from '../context.js';
import type { HashName } from '../signer.js';
import type { EnrollmentRecord } from './journal.js';
import type { RequestAnswers } from './questions.js';

/** When the PIN is changed: before the key is made, by the card's user when it is first used, or not at all. */
export type PinChange = 'now' | 'at-first-use' | 'never';

export interface EnrollAnswers extends RequestAnswers {
  ca?: string | undefined;
  caFile?: string | undefined;
  issuerCa?: string | undefined;
  auth?: CaLogonScheme | undefined;
  user?: string | undefined;
  passwordFile?: string | undefined;
  module?: string | undefined;
  driver?: string | undefined;
  card?: string | undefined;
  reader?: string | undefined;
  wait?: number | true | undefined;
  pinFile?: string | undefined;
  newPinFile?: string | undefined;
  soPinFile?: string | undefined;
  pinChange?: PinChange | undefined;
  yes?: boolean | undefined;
  /** Seconds: the longest single exchange with the CA. */
  timeout?: number | undefined;
}

/** What is said about the PIN. */
export type PinAnswers = Pick<EnrollAnswers, 'pinFile' | 'newPinFile' | 'pinChange'>;

/** All flags of the command: those above, and what to do with requests that are open. */
export interface EnrollOptions extends EnrollAnswers {
  /** The CA's request id; true without one. */
  resume?: string | true;
  resubmit?: boolean;
  abandon?: boolean;
  dryRun?: boolean;
  /** Whether the command line named the file with the new PIN, not the environment. */
  newPinFileGiven?: boolean;
}

/**
 * `options` completed from the settings, with the CA's address asked for if a person is there.
 * @param resumed - the enrollment that is gone on with, whose CA is known
 * @throws LyncauthError INPUT_REQUIRED, USAGE for an address that is none
 */
export async function resolveAnswers(context: Context, options: EnrollAnswers, resumed?: EnrollmentRecord): Promise<EnrollAnswers> {
  const settings = await context.settings();
  const answers: EnrollAnswers = {
    ...options,
    ca: options.ca ?? resumed?.plan.ca ?? settings.get('ca'),
    caFile: options.caFile ?? settings.get('ca-file'),
    auth: options.auth ?? (settings.get('auth') as CaLogonScheme | undefined),
    user: options.user ?? settings.get('user'),
    upn: options.upn ?? resumed?.plan.upn ?? settings.get('upn'),
    template: options.template ?? settings.get('template'),
    card: options.card ?? settings.get('card'),
    keyType: options.keyType ?? (settings.get('key-type') as RequestAnswers['keyType']),
    hash: options.hash ?? (settings.get('hash') as HashName | undefined),
    name: options.name ?? settings.get('name'),
  };
  answers.ca ??= await context.prompter.text({
    message: "Address of the CA's web page (https://…/certsrv)",
    flag: '--ca',
    validate: isHttps,
  });
  // Written one way everywhere: open enrollments are found by this address.
  answers.ca = certsrvBase(answers.ca).href;
  return answers;
}

function isHttps(answer: string): true | string {
  return /^https:\/\/[^/]+/i.test(answer.trim()) || 'it begins with https://';
}
