/** Proves the PIN to the card by the house's policy: flags first, one attempt, the last try only by a person's own decision. */
import type { Context } from '../context.js';
import { isLyncauthError, LyncauthError } from '../errors.js';
import { isCkr } from '../pkcs11/errors.js';
import { pinWithMark } from '../pkcs11/first-use.js';
import { assertPinUsable, isPublishedDefault, login } from '../pkcs11/pin.js';
import { PIN_PAD, type PinEntry } from '../pkcs11/pin-entry.js';
import { lengthFits, lengthOf, type PinKind } from '../pkcs11/pin-policy.js';
import { cardKey } from '../pkcs11/same-card.js';
import type { CardSession } from '../pkcs11/session.js';
import type { ContextPin } from '../pkcs11/signer.js';
import type { TokenInfo } from '../pkcs11/types.js';
import { clearFailures, countFailure, readFailures } from '../store/failures.js';
import { announce, entryOnReader } from './entry-on-reader.js';
import { confirmFinalTry, mayUseFinalTry, triesSpentMeanwhile } from './final-try.js';

export interface PinSource {
  pinFile?: string | undefined;
}

/** What Microsoft's help topic names, for cards of which nothing better is known. Never tried by the program itself. */
const USUAL_PIN = 'the PIN of a new card is 12345678';

/**
 * Asks for the PIN of the card in `session`, after making sure that the card may be asked at all. A reader with a PIN pad asks itself, at logIn().
 * @param asked - `isNew`: the PIN that an interrupted change may have set, which the old one in the environment must not stand in for
 * @throws LyncauthError PIN_LOCKED or PIN_FINAL_TRY before anything is asked; INPUT_REQUIRED where nobody can be
 */
export async function askPin(
  context: Context,
  session: CardSession,
  source: PinSource,
  asked: { what?: string; isNew?: boolean } = {},
): Promise<PinEntry> {
  const token = session.tokenInfo();
  const { what = 'PIN', isNew = false } = asked;
  const given = { flag: isNew ? '--new-pin-file' : '--pin-file', file: source.pinFile };
  assertPinUsable(session, { attended: context.prompter.interactive });
  await confirmFinalTry(context, token, 'PIN');
  if (token.pinPad) return await entryOnReader(context, session, what, given);
  return await context.prompter.secret({
    ...given,
    message: `${what} of card "${token.label}"`,
    validate: (answer) => lengthFits(token, Buffer.byteLength(answer)) || `the PIN has ${lengthOf(token)}; nothing was sent to the card`,
    ...(isNew ? {} : { variable: 'LYNCAUTH_PIN', note: defaultPinNote(session, token) }),
  });
}

/**
 * One login as the card's user. Nothing is retried; a wrong PIN of an unattended run is counted per card.
 * @param what - for the announcement of an entry on the reader: `current PIN`
 * @throws LyncauthError PIN_INCORRECT, PIN_LOCKED, PIN_FINAL_TRY, PIN_POLICY (its length, checked before the card sees it)
 */
export function logIn(context: Context, session: CardSession, pin: PinEntry, what = 'PIN'): void {
  if (pin === PIN_PAD) announce(context, what);
  counting(context, session, 'PIN', (allowFinalTry) => login(session, pin, { allowFinalTry }));
}

/** The PIN of the login once more, for each signature of a key that wants it; counted like the login. */
export function pinForSignature(context: Context, session: CardSession, pin: PinEntry): ContextPin {
  return (logInForSignature) => {
    if (pin === PIN_PAD) announce(context, 'PIN (for a signature)');
    counting(context, session, 'PIN', () => logInForSignature(pin));
  };
}

/**
 * Runs `attempt`, which sends a PIN of this kind to the card, once. What an unattended run has wrong is counted per card, until one is right.
 * @param attempt - told whether a person has decided to use the last try
 */
export function counting(context: Context, session: CardSession, kind: PinKind, attempt: (allowFinalTry: boolean) => void): void {
  const card = cardKey(session.card);
  const attended = context.prompter.interactive;
  try {
    attempt(mayUseFinalTry(context, session, kind));
    clearFailures(context.paths, card, kind);
  } catch (error) {
    // only what the card itself has refused has cost a try
    const refused = isCkr(error, 'CKR_PIN_INCORRECT') && isLyncauthError(error, 'PIN_INCORRECT', 'PUK_INCORRECT', 'SO_PIN_INCORRECT');
    if (!attended && refused) throw counted(error, kind, countFailure(context.paths, card, kind));
    throw attended && isLyncauthError(error, 'PIN_FINAL_TRY') ? triesSpentMeanwhile(session, kind) : error;
  }
}

/** Says how often unattended runs have failed on this card: from the second run on, before it tries. */
export function warnOfFailures(context: Context, token: TokenInfo, kind: PinKind = 'PIN'): void {
  const failures = readFailures(context.paths, cardKey(token), kind);
  if (failures === 0) return;
  const attempts = failures === 1 ? 'the last unattended attempt' : `the last ${failures} unattended attempts`;
  context.progress.warn(`${attempts} on card "${token.label}" had a wrong ${kind}`);
}

/** What the card says about its PIN after something was done: that is done, also when the card is gone a moment later. @param before - the last it said */
export function pinAfterwards(session: CardSession, before: TokenInfo): TokenInfo['pin'] {
  try {
    return pinWithMark(session, session.tokenInfo().pin);
  } catch {
    return { ...before.pin, state: 'unknown' };
  }
}

/** Whether `pin` is one that manufacturers publish: such a PIN protects nothing. What is typed on the reader is not known. */
export function isDefaultPin(session: CardSession, pin: PinEntry): boolean {
  return isPublishedDefault(pin, session.driver);
}

/** None once a wrong PIN was tried: it would invite to spend one of the last tries on a guess. */
function defaultPinNote({ driver }: CardSession, { pin: { state } }: TokenInfo): string | undefined {
  if (state === 'low' || state === 'final') return undefined;
  return `Unless support gave you another one, ${driver.defaultPinHint ?? USUAL_PIN}.`;
}

function counted(error: LyncauthError, kind: PinKind, failures: number): LyncauthError {
  if (failures < 2) return error;
  return new LyncauthError(error.code, `${error.message} (unattended attempt ${failures} in a row that failed)`, {
    hint: kind === 'PIN' ? 'correct the PIN file before the card blocks' : `be sure of the ${kind}, then run the command at a terminal`,
    details: { ...error.details, failures },
    cause: error,
  });
}
