/** Proves the PIN to the card by the house's policy: flags first, one attempt, the last try only by a person's own decision. */
import type { Context } from '../context.js';
import { isLyncauthError, LyncauthError } from '../errors.js';
import { assertPinUsable, isPublishedDefault, login } from '../pkcs11/pin.js';
import { lengthFits, lengthOf } from '../pkcs11/pin-policy.js';
import type { CardSession } from '../pkcs11/session.js';
import type { TokenInfo } from '../pkcs11/types.js';
import type { Secret } from '../secret.js';
import { clearFailures, countFailure, readFailures } from '../store/failures.js';

export interface PinSource {
  pinFile?: string | undefined;
}

/** What Microsoft's help topic names, for cards of which nothing better is known. Never tried by the program itself. */
const USUAL_PIN = 'the PIN of a new card is 12345678';

/**
 * Asks for the PIN of the card in `session`, after making sure that the card may be asked at all.
 * @param asked - `isNew`: the PIN that an interrupted change may have set, which the old one in the environment must not stand in for
 * @throws LyncauthError PIN_LOCKED or PIN_FINAL_TRY before anything is asked; INPUT_REQUIRED where nobody can be
 */
export async function askPin(
  context: Context,
  session: CardSession,
  source: PinSource,
  asked: { what?: string; isNew?: boolean } = {},
): Promise<Secret> {
  const token = session.tokenInfo();
  const { what = 'PIN', isNew = false } = asked;
  assertPinUsable(session, { attended: context.prompter.interactive });
  await confirmFinalTry(context, token);
  return await context.prompter.secret({
    message: `${what} of card "${token.label}"`,
    flag: isNew ? '--new-pin-file' : '--pin-file',
    file: source.pinFile,
    validate: (answer) => lengthFits(token, Buffer.byteLength(answer)) || `the PIN has ${lengthOf(token)}; nothing was sent to the card`,
    ...(isNew ? {} : { variable: 'LYNCAUTH_PIN', note: defaultPinNote(session, token) }),
  });
}

/**
 * One login as the card's user. Nothing is retried; a wrong PIN of an unattended run is counted per card.
 * @throws LyncauthError PIN_INCORRECT, PIN_LOCKED, PIN_FINAL_TRY, PIN_POLICY (its length, checked before the card sees it)
 */
export function logIn(context: Context, session: CardSession, pin: Secret): void {
  const { serial } = session.tokenInfo();
  const attended = context.prompter.interactive;
  try {
    login(session, pin, { allowFinalTry: attended });
    clearFailures(context.paths, serial);
  } catch (error) {
    if (!attended && isLyncauthError(error, 'PIN_INCORRECT')) throw counted(error, countFailure(context.paths, serial));
    throw error;
  }
}

/** Says how often unattended runs have failed on this card, from the second time on. */
export function warnOfFailures(context: Context, token: TokenInfo): void {
  const failures = readFailures(context.paths, token.serial);
  if (failures >= 2) context.progress.warn(`the last ${failures} unattended attempts on card "${token.label}" had a wrong PIN`);
}

/** Whether `pin` is one that manufacturers publish: such a PIN protects nothing. */
export function isDefaultPin(session: CardSession, pin: Secret): boolean {
  return isPublishedDefault(pin, session.driver);
}

/** None once a wrong PIN was tried: it would invite to spend one of the last tries on a guess. */
function defaultPinNote({ driver }: CardSession, { pin: { state } }: TokenInfo): string | undefined {
  if (state === 'low' || state === 'final') return undefined;
  return `Unless support gave you another one, ${driver.defaultPinHint ?? USUAL_PIN}.`;
}

async function confirmFinalTry(context: Context, token: TokenInfo): Promise<void> {
  if (token.pin.state !== 'final') return;
  const goOn = await context.prompter.confirm({
    message: `One try is left: a wrong PIN now blocks card "${token.label}". Use it?`,
    flag: '--pin-file',
    default: false,
  });
  if (!goOn) {
    throw new LyncauthError('PIN_FINAL_TRY', `the last PIN try of card "${token.label}" was not used`, {
      hint: 'ask your helpdesk for the PUK',
      details: { pinState: 'final' },
    });
  }
}

function counted(error: LyncauthError, failures: number): LyncauthError {
  if (failures < 2) return error;
  return new LyncauthError(error.code, `${error.message} (unattended attempt ${failures} in a row that failed)`, {
    hint: 'correct the PIN file before the card blocks',
    details: { ...error.details, failures },
    cause: error,
  });
}
