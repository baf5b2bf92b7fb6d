/** Takes the mark for a change at first use off a card whose PIN has just been changed. */
import type { Context } from '../context.js';
import { isLyncauthError } from '../errors.js';
import { clearChangeMark, isMarkedForChange } from '../pkcs11/first-use.js';
import { logoutQuietly } from '../pkcs11/pin.js';
import type { CardSession } from '../pkcs11/session.js';

/**
 * Removes the mark, where there is one. The PIN is changed by now, so a failure is only told: the next run asks for a change again.
 * @param session - read-write
 * @param logIn - with the new PIN, for drivers that write nothing without a login; undefined where the user is logged in already
 */
export function removeChangeMark({ progress }: Pick<Context, 'progress'>, session: CardSession, logIn?: () => void): void {
  try {
    if (!isMarkedForChange(session)) return;
    try {
      clearChangeMark(session);
    } catch (error) {
      if (logIn === undefined) throw error;
      logIn();
      clearChangeMark(session);
      logoutQuietly(session);
    }
  } catch (error) {
    if (!isLyncauthError(error)) throw error;
    progress.warn(`the PIN is changed, but the card still asks for a change: ${error.message}; lyncauth change-pin tries again`);
  }
}
