/** How a run ends by each fault, wherever that is the same at every call. Data only. */
import { DOINGS, type FaultName, type FaultyCall, type Refusal } from './outcome.js';

const REINSERT = 'insert the card again and run the command again';
const REPLUG = 'take the card out and put it back, then run the command again; if it stays: lyncauth doctor';

type Answer = Omit<Refusal, 'says'> & { words: string };

const ANSWERS: Record<Exclude<FaultName, 'hang' | 'crash'>, Answer> = {
  CKR_DEVICE_REMOVED: { exit: 3, code: 'CARD_REMOVED', words: 'the card was removed', hint: REINSERT },
  CKR_DEVICE_ERROR: {
    exit: 3,
    code: 'CARD_FAILED',
    words: 'the card or its reader reports an error',
    hint: 'close other programs that use the card (browser, gpg, another lyncauth), then try again',
  },
  CKR_DEVICE_MEMORY: {
    exit: 3,
    code: 'CARD_FULL',
    words: 'the card is full',
    hint: 'remove a certificate or key that is no longer needed',
  },
  CKR_TOKEN_NOT_PRESENT: { exit: 3, code: 'NO_CARD', words: 'there is no card in the reader', hint: REINSERT },
  CKR_SESSION_HANDLE_INVALID: { exit: 3, code: 'CARD_REMOVED', words: 'the connection to the card was lost', hint: REINSERT },
  CKR_PIN_LOCKED: { exit: 6, code: 'PIN_LOCKED', words: 'the PIN is blocked', hint: 'lyncauth unblock-pin' },
  CKR_PIN_EXPIRED: { exit: 2, code: 'PIN_CHANGE_REQUIRED', words: 'the PIN must be changed first', hint: 'lyncauth change-pin' },
  CKR_FUNCTION_CANCELED: { exit: 1, code: 'FAILED', words: 'it was cancelled', hint: 'run the command again' },
  CKR_GENERAL_ERROR: { exit: 3, code: 'DRIVER_FAILED', words: 'the driver reports a general error', hint: REPLUG },
};

/** The error, or the signal, with which a run ends by `fault` at `call`. */
export function endingOf(fault: FaultName, call: FaultyCall): Refusal | 'SIGSEGV' {
  if (fault === 'crash') return 'SIGSEGV';
  if (fault === 'hang') {
    return {
      exit: 3,
      code: 'DRIVER_TIMEOUT',
      says: `the driver did not return from ${call} within N seconds`,
      hint: 'take the card out and put it back, or allow more time with --timeout SECONDS',
    };
  }
  const { exit, code, words, hint } = ANSWERS[fault];
  return { exit, code, says: `${DOINGS[call]} failed: ${words} (${fault})`, hint };
}

/** The same wherever a PIN is given: by what the card answers, it is blocked now. */
export const BLOCKED: Refusal = {
  exit: 6,
  code: 'PIN_LOCKED',
  says: 'the PIN of card "CARD" is blocked',
  hint: 'lyncauth unblock-pin (the people who issued the card have its SO PIN)',
  details: { pinState: 'locked' },
};
