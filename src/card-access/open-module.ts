/** The driver of the card: the one that flags, settings or this computer name, else the one a person reads off the card. */
import type { Context } from '../context.js';
import { isLyncauthError } from '../errors.js';
import type { CardModule } from '../pkcs11/module.js';

export interface DriverChoice {
  /** Path of the PKCS#11 library. */
  module?: string | undefined;
  /** Name of a driver, or the manufacturer on the card's label. */
  driver?: string | undefined;
}

/** @throws LyncauthError MODULE_NOT_FOUND, MODULE_INVALID, ADDON_MISSING, DRIVER_FAILED */
export async function openModule(context: Context, choice: DriverChoice): Promise<CardModule> {
  try {
    return await context.card(choice);
  } catch (error) {
    if (!isLyncauthError(error, 'MODULE_NOT_FOUND') || !context.prompter.interactive || choice.module !== undefined) throw error;
    context.progress.note(error.message);
    const answer = await context.prompter.text({
      message: 'Manufacturer on the card, or the path of its driver library',
      flag: '--driver or --module',
    });
    return await context.card(/[/\\]/.test(answer) ? { module: answer } : { driver: answer });
  }
}
