/** Turns what the native layer throws into LyncauthError. Must not import native code. */
import { type ErrorCode, LyncauthError } from '../errors.js';
import { CKR, type CkrName } from './cryptoki.js';

interface Meaning {
  code: ErrorCode;
  words: string;
  hint?: string;
}

/** Hint after a removal. */
export const REINSERT = 'insert the card again and run the command again';
const REPLUG = 'take the card out and put it back, then run the command again; if it stays: lyncauth doctor';
const CANCELLED: Meaning = { code: 'FAILED', words: 'it was cancelled', hint: 'run the command again' };
const OTHER_PROGRAM = 'close other programs that use the card (browser, gpg, another lyncauth), then try again';
const NEEDS_SO: Meaning = {
  code: 'NEEDS_SECURITY_OFFICER',
  words: 'this card lets only its security officer do that',
  hint: 'ask the people who issued the card',
};

const MEANINGS: Partial<Record<CkrName, Meaning>> = {
  CKR_CANCEL: CANCELLED,
  CKR_FUNCTION_CANCELED: CANCELLED,
  CKR_HOST_MEMORY: { code: 'DRIVER_FAILED', words: 'the driver ran out of memory', hint: REPLUG },
  CKR_GENERAL_ERROR: { code: 'DRIVER_FAILED', words: 'the driver reports a general error', hint: REPLUG },
  CKR_FUNCTION_FAILED: { code: 'DRIVER_FAILED', words: 'the driver reports a failure', hint: REPLUG },
  CKR_CANT_LOCK: { code: 'DRIVER_FAILED', words: 'the driver cannot be used with threads' },
  CKR_CRYPTOKI_NOT_INITIALIZED: { code: 'DRIVER_FAILED', words: 'the driver is not initialised' },
  CKR_CRYPTOKI_ALREADY_INITIALIZED: { code: 'DRIVER_FAILED', words: 'the driver is already in use in this process' },
  CKR_SLOT_ID_INVALID: { code: 'NO_READER', words: 'the reader is gone', hint: 'connect the reader again' },
  CKR_TOKEN_NOT_PRESENT: { code: 'NO_CARD', words: 'there is no card in the reader', hint: REINSERT },
  CKR_TOKEN_NOT_RECOGNIZED: {
    code: 'CARD_UNSUPPORTED',
    words: 'the driver does not know this card',
    hint: "name the card's own driver with --module or --driver",
  },
  CKR_DEVICE_REMOVED: { code: 'CARD_REMOVED', words: 'the card was removed', hint: REINSERT },
  CKR_SESSION_HANDLE_INVALID: { code: 'CARD_REMOVED', words: 'the connection to the card was lost', hint: REINSERT },
  CKR_SESSION_CLOSED: { code: 'CARD_REMOVED', words: 'the connection to the card was lost', hint: REINSERT },
  CKR_DEVICE_ERROR: { code: 'CARD_FAILED', words: 'the card or its reader reports an error', hint: OTHER_PROGRAM },
  CKR_SESSION_COUNT: { code: 'CARD_FAILED', words: 'the card has no free session', hint: OTHER_PROGRAM },
  CKR_DEVICE_MEMORY: { code: 'CARD_FULL', words: 'the card is full', hint: 'remove a certificate or key that is no longer needed' },
  CKR_SESSION_READ_ONLY: { code: 'CARD_READ_ONLY', words: 'the card is open for reading only' },
  CKR_TOKEN_WRITE_PROTECTED: { code: 'CARD_READ_ONLY', words: 'the card is write-protected' },
  CKR_KEY_HANDLE_INVALID: { code: 'KEY_NOT_FOUND', words: 'the key is gone' },
  CKR_FUNCTION_NOT_SUPPORTED: { code: 'CARD_UNSUPPORTED', words: 'the card or its driver cannot do that' },
  CKR_MECHANISM_INVALID: { code: 'CARD_UNSUPPORTED', words: 'the card does not know this algorithm' },
  CKR_MECHANISM_PARAM_INVALID: { code: 'CARD_UNSUPPORTED', words: 'the card does not take these algorithm parameters' },
  CKR_KEY_SIZE_RANGE: { code: 'CARD_UNSUPPORTED', words: 'the card does not support this key size', hint: 'choose another --key-type' },
  CKR_CURVE_NOT_SUPPORTED: { code: 'CARD_UNSUPPORTED', words: 'the card does not support this curve', hint: 'choose another --key-type' },
  CKR_DOMAIN_PARAMS_INVALID: { code: 'CARD_UNSUPPORTED', words: 'the card does not support this curve', hint: 'choose another --key-type' },
  CKR_KEY_TYPE_INCONSISTENT: { code: 'CARD_UNSUPPORTED', words: 'the key is of another type' },
  CKR_KEY_FUNCTION_NOT_PERMITTED: { code: 'CARD_UNSUPPORTED', words: 'the key may not be used for that' },
  CKR_PIN_INCORRECT: { code: 'PIN_INCORRECT', words: 'the PIN is wrong' },
  CKR_PIN_LOCKED: { code: 'PIN_LOCKED', words: 'the PIN is blocked', hint: 'lyncauth unblock-pin' },
  CKR_PIN_INVALID: { code: 'PIN_POLICY', words: 'the card does not accept this PIN' },
  CKR_PIN_LEN_RANGE: { code: 'PIN_POLICY', words: 'the card does not accept a PIN of this length' },
  CKR_PIN_TOO_WEAK: { code: 'PIN_POLICY', words: 'the card finds this PIN too weak' },
  CKR_PIN_EXPIRED: { code: 'PIN_CHANGE_REQUIRED', words: 'the PIN must be changed first', hint: 'lyncauth change-pin' },
  CKR_USER_PIN_NOT_INITIALIZED: {
    code: 'CARD_UNINITIALIZED',
    words: 'the card has no PIN yet',
    hint: 'ask the people who issued the card',
  },
  CKR_USER_TYPE_INVALID: NEEDS_SO,
  CKR_USER_NOT_LOGGED_IN: { code: 'CARD_FAILED', words: 'the card asks for a PIN that it was not given' },
};

const UNKNOWN: Meaning = { code: 'CARD_FAILED', words: 'the driver refused' };
const NAMES = new Map<number, string>(Object.entries(CKR).map(([name, value]) => [value, name]));

/** Number of the PKCS#11 return value in what a native call threw; undefined when there is none. Reads both families: a `code`, or a message `CKR_X:NN`. */
export function ckrOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = (error as { code?: unknown }).code;
  if (typeof code === 'number' && code !== 0) return code;
  const inText = /^CKR_\w+:(\d+)/.exec(error.message);
  return inText === null ? undefined : Number(inText[1]);
}

/** Name of a return value; a number without a name, vendor-defined ones among them, in hexadecimal. */
export function ckrName(ckr: number): string {
  return NAMES.get(ckr) ?? `0x${ckr.toString(16).padStart(8, '0')}`;
}

/** True when a LyncauthError made here carries this return value. */
export function isCkr(error: unknown, ...names: CkrName[]): boolean {
  return error instanceof LyncauthError && names.some((name) => error.details.ckr === name);
}

/** What drivers answer to an object of a kind that they do not take: none of it is about this one. */
export const KIND_REFUSED = [
  'CKR_ATTRIBUTE_READ_ONLY',
  'CKR_ATTRIBUTE_TYPE_INVALID',
  'CKR_ATTRIBUTE_VALUE_INVALID',
  'CKR_FUNCTION_NOT_SUPPORTED',
  'CKR_TEMPLATE_INCOMPLETE',
  'CKR_TEMPLATE_INCONSISTENT',
] as const satisfies CkrName[];

/**
 * The LyncauthError for anything a native call threw.
 * @param what the doing that failed, as a noun phrase: `key generation`
 * @returns with `details.ckr` where there was a return value; a LyncauthError comes back as it is
 */
export function cardError(error: unknown, what: string): LyncauthError {
  if (error instanceof LyncauthError) return error;
  const ckr = ckrOf(error);
  if (ckr !== undefined) {
    const name = ckrName(ckr);
    const { code, words, hint } = MEANINGS[name as CkrName] ?? UNKNOWN;
    return new LyncauthError(code, `${what} failed: ${words} (${name})`, {
      details: { ckr: name },
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    });
  }
  const text = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  // a TypeError means that the binding refused our own arguments
  return new LyncauthError(error instanceof TypeError ? 'INTERNAL' : 'DRIVER_FAILED', `${what} failed: ${text}`, { cause: error });
}
