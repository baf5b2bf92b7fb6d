/** A card that is pulled out while it works: many drivers report just any error then. Must not import native code. */
import type { PKCS11 } from 'pkcs11js';
import { isLyncauthError, LyncauthError } from '../errors.js';
import type { NativeCalls } from './calls.js';
import { CKF } from './cryptoki.js';
import { isCkr, REINSERT } from './errors.js';
import { pause } from './pause.js';
import type { CardSession } from './session.js';

/** Names the call of which some drivers say that the PIN was wrong, whatever went wrong. */
export const OFFICER_LOGIN = 'login of the security officer';

/** pcscd looks at some readers two or three times a second, and drivers know from it. */
const NOTICED_MS = 1000;
const LOOK_MS = 50;
/** A card that another program resets is out of sight for some 30 ms. */
const RESET_MS = 100;

type Place = Pick<CardSession, 'driver' | 'reader'>;

/**
 * What a failed call means: where the driver of a physical card has not said why, its reader is looked at, for up to a second.
 *
 * @param what - as for NativeCalls.run()
 * @param place - the driver, and the reader that held the card
 * @returns CARD_REMOVED when the card is out of its reader; else `error` itself
 */
export function unlessRemoved(error: unknown, what: string, { driver, reader }: Place, calls: NativeCalls): unknown {
  if (!(error instanceof LyncauthError) || error.code === 'CARD_REMOVED') return error;
  const ofPin = isCkr(error, 'CKR_PIN_INCORRECT');
  const vague = ofPin
    ? driver.blamesSoPin === true && what === OFFICER_LOGIN
    : isCkr(error, 'CKR_DEVICE_ERROR', 'CKR_FUNCTION_FAILED', 'CKR_GENERAL_ERROR');
  if (!vague || driver.kind !== 'physical' || !isOutSoon(calls, reader.slot)) return error;
  return new LyncauthError('CARD_REMOVED', `${what} failed: the card was removed (${error.details.ckr})`, {
    hint: REINSERT,
    // nobody is to take it for a wrong PIN
    details: ofPin ? {} : error.details,
    cause: error,
  });
}

function isOutSoon(calls: NativeCalls, slot: Buffer): boolean {
  const look = (lib: PKCS11): boolean => {
    for (let left = NOTICED_MS; left > 0; left -= LOOK_MS) {
      if (isOut(lib, slot)) {
        pause(RESET_MS);
        if (isOut(lib, slot)) return true;
      }
      pause(LOOK_MS);
    }
    return false;
  };
  try {
    return calls.run('looking for the card', look);
  } catch (error) {
    return isLyncauthError(error, 'NO_READER', 'NO_CARD', 'CARD_REMOVED');
  }
}

function isOut(lib: PKCS11, slot: Buffer): boolean {
  // some drivers look at their readers only when they list them
  lib.C_GetSlotList(false);
  return (lib.C_GetSlotInfo(slot).flags & CKF.TOKEN_PRESENT) === 0;
}
