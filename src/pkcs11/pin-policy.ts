/** What is checked before a PIN, a PUK or the security officer's PIN goes to the card, and what its refusal means. Must not import native code. */
import { type ErrorCode, type ErrorDetails, type ErrorOptions, LyncauthError } from '../errors.js';
import { isCkr } from './errors.js';
import { PIN_PAD, type PinEntry } from './pin-entry.js';
import type { CardSession } from './session.js';
import type { DriverProfile, PinState, TokenInfo } from './types.js';

/** What proves who is there: the user's PIN, or what unblocks it. */
export type PinKind = 'PIN' | 'PUK' | 'SO PIN';

export interface AttemptOptions {
  /** A person has decided to use the last try. */
  allowFinalTry: boolean;
  /** The user's PIN unless given. */
  kind?: PinKind;
}

const INCORRECT = { PIN: 'PIN_INCORRECT', PUK: 'PUK_INCORRECT', 'SO PIN': 'SO_PIN_INCORRECT' } as const satisfies Record<
  PinKind,
  ErrorCode
>;
const LOCKED = { PIN: 'PIN_LOCKED', PUK: 'PUK_LOCKED', 'SO PIN': 'SO_PIN_LOCKED' } as const satisfies Record<PinKind, ErrorCode>;

/** Of a TPM in lock-out. */
const COUNTS_TOGETHER = 'it has counted too many wrong ones, of all its cards together';

const ASK_ISSUER = 'ask the people who issued the card';

/** What issuers give out to unblock cards may be longer than a PIN: a key of 24 bytes in hexadecimal. */
const LONGEST_OF_ISSUER = 48;

/**
 * Reads the flags and checks the length, as before every login; nothing here costs a try.
 * @returns the token as it is now
 * @throws PIN_LOCKED (PUK_LOCKED, SO_PIN_LOCKED), PIN_FINAL_TRY, CARD_UNINITIALIZED, PIN_POLICY
 */
export function assertLoginAllowed(session: CardSession, pin: PinEntry, options: AttemptOptions): TokenInfo {
  const token = assertPinState(session, options);
  const { kind = 'PIN' } = options;
  assertPinLength(token, pin, kind, kind);
  return token;
}

/** Refuses what the flags speak against, and returns the token. A PIN that must be changed passes: it is still the PIN. */
export function assertPinState(session: CardSession, options: AttemptOptions): TokenInfo {
  const token = session.tokenInfo();
  const { kind = 'PIN' } = options;
  const state = stateOf(token, kind);
  const details = stateDetails(kind, state);
  if (state === 'locked') throw locked(session, kind, { details });
  if (state === 'unset')
    throw new LyncauthError('CARD_UNINITIALIZED', `card "${token.label}" has no PIN yet`, { hint: setUpHint(token), details });
  if (state === 'final' && !options.allowFinalTry) {
    throw new LyncauthError('PIN_FINAL_TRY', `one ${kind} try is left on card "${token.label}", and it is not spent unattended`, {
      hint: 'run the command at a terminal',
      details,
    });
  }
  return token;
}

/** What the flags say; of a PUK no driver tells anything. */
export function stateOf(token: Pick<TokenInfo, 'pin' | 'soPin'>, kind: PinKind): PinState {
  if (kind === 'PUK') return 'unknown';
  return kind === 'PIN' ? token.pin.state : token.soPin;
}

/** Who can make a card usable that nobody has set up: a physical card comes from somebody, a virtual one is made on this computer. */
export function setUpHint({ kind }: Pick<TokenInfo, 'kind'>): string {
  return kind === 'virtual' ? 'set the virtual card up on this computer first (with tpm2-pkcs11: tpm2_ptool addtoken)' : ASK_ISSUER;
}

/**
 * Lengths count bytes of UTF-8. A maximum of 0 says nothing, and what is typed on the reader is not known here.
 * @param name - for the error: `new PIN`
 * @throws PIN_POLICY
 */
export function assertPinLength(token: TokenInfo, pin: PinEntry, name: string, kind: PinKind = 'PIN'): void {
  if (pin === PIN_PAD || lengthFits(token, pin.byteLength, kind)) return;
  const details = stateDetails(kind, stateOf(token, kind));
  throw new LyncauthError('PIN_POLICY', `the ${name} of card "${token.label}" must have ${lengthOf(token, kind)}`, {
    hint: 'nothing was sent to the card: no try was spent',
    details,
  });
}

/** Whether a PIN of so many bytes may be sent to the card. */
export function lengthFits(token: Pick<TokenInfo, 'pin'>, bytes: number, kind: PinKind = 'PIN'): boolean {
  const max = longest(token, kind);
  return bytes > 0 && bytes >= token.pin.min && (max === 0 || bytes <= max);
}

/** For people: `4 to 255 characters`. */
export function lengthOf(token: Pick<TokenInfo, 'pin'>, kind: PinKind = 'PIN'): string {
  const max = longest(token, kind);
  return max === 0 ? `at least ${token.pin.min} characters` : `${token.pin.min} to ${max} characters`;
}

function longest({ pin: { max } }: Pick<TokenInfo, 'pin'>, kind: PinKind): number {
  return kind === 'PIN' || max === 0 ? max : Math.max(max, LONGEST_OF_ISSUER);
}

/**
 * The error of a refused login, with the PIN's state after it. Some cards tell a block by the flag alone, some by the return value alone.
 * @returns `error` itself when it does not speak about the PIN
 */
export function loginFailure(session: CardSession, error: unknown, kind: PinKind = 'PIN'): unknown {
  if (!(error instanceof LyncauthError) || !isCkr(error, 'CKR_PIN_INCORRECT', 'CKR_PIN_LOCKED')) return error;
  const wrong = isCkr(error, 'CKR_PIN_INCORRECT');
  const { state, whose } = wrong ? afterFailure(session, kind) : { state: 'locked' as const, whose: '' };
  const options = { details: { ...error.details, ...stateDetails(kind, state) }, cause: error.cause };
  if (state !== 'locked')
    return new LyncauthError(INCORRECT[kind], `the ${kind}${whose} is wrong`, { ...options, hint: wrongHint(kind, state, session.driver) });
  return locked(session, kind, options, wrong ? `the ${kind} was wrong, and the card has blocked it now` : undefined);
}

function locked({ card, driver }: CardSession, kind: PinKind, options: ErrorOptions, message?: string): LyncauthError {
  if (driver.lockOut === 'timed') {
    return new LyncauthError(LOCKED[kind], `the TPM of card "${card.label}" takes no PIN for now: ${COUNTS_TOGETHER}`, {
      ...options,
      hint: 'wait until the recovery time of the TPM is over: then it takes the PIN and the SO PIN again',
    });
  }
  return new LyncauthError(LOCKED[kind], message ?? `the ${kind} of card "${card.label}" is blocked`, {
    ...options,
    hint: lockedHint(kind, driver),
  });
}

function wrongHint(kind: PinKind, state: PinState, { lockOut }: DriverProfile): string | undefined {
  if (state === 'final') return `one try is left before the card blocks the ${kind}: be sure of the ${kind}`;
  if (state === 'low') return `few tries are left: be sure of the ${kind}`;
  if (state !== 'unknown') return undefined;
  const counted = lockOut === 'timed' ? ', and the TPM counts the wrong PINs of all its cards together' : '';
  return `this card does not tell how many tries are left${counted}: be sure of the ${kind}`;
}

function lockedHint(kind: PinKind, driver: DriverProfile): string {
  if (kind !== 'PIN') return `${ASK_ISSUER}: this ${kind} unblocks nothing any more`;
  if (driver.unblock === 'none') return `${ASK_ISSUER} to unblock it`;
  return `lyncauth unblock-pin (the people who issued the card have its ${driver.unblock === 'so-initpin' ? 'SO PIN' : 'PUK'})`;
}

/** @returns what scripts read; nothing where the driver cannot know */
function stateDetails(kind: PinKind, state: PinState): ErrorDetails {
  if (kind === 'PUK') return {};
  return kind === 'PIN' ? { pinState: state } : { soPinState: state };
}

function afterFailure(session: CardSession, kind: PinKind): { state: PinState; whose: string } {
  try {
    const token = session.tokenInfo();
    return { state: stateOf(token, kind), whose: ` of card "${token.label}"` };
  } catch {
    // the wrong PIN is the news, not that the card went silent after it
    return { state: 'unknown', whose: '' };
  }
}
