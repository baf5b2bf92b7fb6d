/** What is checked before a PIN goes to the card, and what its refusal means. Must not import native code. */
import { LyncauthError } from '../errors.js';
import type { Secret } from '../secret.js';
import { isCkr } from './errors.js';
import type { CardSession } from './session.js';
import type { PinState, TokenInfo } from './types.js';

const ASK_ISSUER = 'ask the people who issued the card';
const UNBLOCK = `${ASK_ISSUER} to unblock it`;

const AFTER_WRONG_PIN: Partial<Record<PinState, string>> = {
  final: 'one try is left before the card blocks the PIN: be sure of the PIN',
  low: 'few tries are left: be sure of the PIN',
  unknown: 'this card does not tell how many tries are left: be sure of the PIN',
};

/**
 * Reads the flags and checks the length, as before every login; nothing here costs a try.
 * @returns the token as it is now
 * @throws PIN_LOCKED, PIN_FINAL_TRY, CARD_UNINITIALIZED, PIN_POLICY
 */
export function assertLoginAllowed(session: CardSession, pin: Secret, options: { allowFinalTry: boolean }): TokenInfo {
  const token = session.tokenInfo();
  assertPinState(token, options);
  assertPinLength(token, pin, 'PIN');
  return token;
}

/** Refuses what the flags speak against. A PIN that must be changed passes: it is still the PIN. */
export function assertPinState(token: TokenInfo, options: { allowFinalTry: boolean }): void {
  const { state } = token.pin;
  const details = { pinState: state };
  if (state === 'locked') throw new LyncauthError('PIN_LOCKED', `the PIN of card "${token.label}" is blocked`, { hint: UNBLOCK, details });
  if (state === 'unset')
    throw new LyncauthError('CARD_UNINITIALIZED', `card "${token.label}" has no PIN yet`, { hint: setUpHint(token), details });
  if (state === 'final' && !options.allowFinalTry) {
    throw new LyncauthError('PIN_FINAL_TRY', `one PIN try is left on card "${token.label}", and it is not spent unattended`, {
      hint: 'run the command at a terminal',
      details,
    });
  }
}

/** Who can make a card usable that nobody has set up: a physical card comes from somebody, a virtual one is made on this computer. */
export function setUpHint({ kind }: Pick<TokenInfo, 'kind'>): string {
  return kind === 'virtual' ? 'set the virtual card up on this computer first (with tpm2-pkcs11: tpm2_ptool addtoken)' : ASK_ISSUER;
}

/** Lengths count bytes of UTF-8. A maximum of 0 says nothing. */
export function assertPinLength(token: TokenInfo, pin: Secret, name: string): void {
  if (lengthFits(token, pin.byteLength)) return;
  throw new LyncauthError('PIN_POLICY', `the ${name} of card "${token.label}" must have ${lengthOf(token)}`, {
    hint: 'nothing was sent to the card: no try was spent',
    details: { pinState: token.pin.state },
  });
}

/** Whether a PIN of so many bytes may be sent to the card. */
export function lengthFits({ pin: { min, max } }: Pick<TokenInfo, 'pin'>, bytes: number): boolean {
  return bytes > 0 && bytes >= min && (max === 0 || bytes <= max);
}

/** For people: `4 to 255 characters`. */
export function lengthOf({ pin: { min, max } }: Pick<TokenInfo, 'pin'>): string {
  return max === 0 ? `at least ${min} characters` : `${min} to ${max} characters`;
}

/** The error of a refused login, with the PIN's state after it. Some cards tell a block by the flag alone, some by the return value alone. */
export function loginFailure(session: CardSession, error: unknown): unknown {
  if (!(error instanceof LyncauthError) || !isCkr(error, 'CKR_PIN_INCORRECT', 'CKR_PIN_LOCKED')) return error;
  const wrong = isCkr(error, 'CKR_PIN_INCORRECT');
  const { state, whose } = wrong ? afterFailure(session) : { state: 'locked' as const, whose: '' };
  const options = { details: { ...error.details, pinState: state }, cause: error.cause };
  if (state !== 'locked') {
    const hint = AFTER_WRONG_PIN[state];
    return new LyncauthError('PIN_INCORRECT', `the PIN${whose} is wrong`, { ...options, ...(hint === undefined ? {} : { hint }) });
  }
  return new LyncauthError('PIN_LOCKED', wrong ? 'the PIN was wrong, and the card has blocked it now' : 'the PIN is blocked', {
    ...options,
    hint: UNBLOCK,
  });
}

function afterFailure(session: CardSession): { state: PinState; whose: string } {
  try {
    const { label, pin } = session.tokenInfo();
    return { state: pin.state, whose: ` of card "${label}"` };
  } catch {
    // the wrong PIN is the news, not that the card went silent after it
    return { state: 'unknown', whose: '' };
  }
}
