/** Initialises a token: for practice and tests. Importing this file loads native code: see binding.ts. */
import { LyncauthError } from '../errors.js';
import type { Secret } from '../secret.js';
import { CKF, CKU } from './cryptoki.js';
import { cardError } from './errors.js';
import { type Library, loadLibrary } from './library.js';
import { paddedLabel, unpadded } from './text.js';

export interface TokenInit {
  /** At most 32 bytes of UTF-8. */
  label: string;
  pin: Secret;
  soPin: Secret;
}

/**
 * Initialises the first uninitialised token behind a module, with label, security officer PIN and user PIN.
 * The module must not be in use in this process.
 * @throws MODULE_NOT_FOUND, MODULE_INVALID, DRIVER_FAILED; NO_CARD when every token is initialised; USAGE for a label that is too long
 */
export function initToken(modulePath: string, token: TokenInit): void {
  const library = loadLibrary(modulePath);
  const label = checkedLabel(token.label);
  // slot ids change by C_InitToken, and SoftHSM sees the change only after it was finalised
  const known = initialised(library, () => names(library));
  initialised(library, () => {
    const slot = library.module.lib.C_GetSlotList(true).find((handle) => !isInitialised(library, handle));
    if (slot === undefined) throw new LyncauthError('NO_CARD', 'there is no uninitialised token');
    // raw: graphene's initToken() throws after it has succeeded, and passes labels unpadded
    library.module.lib.C_InitToken(slot, token.soPin.reveal(), label);
  });
  initialised(library, () => setUserPin(library, known, token));
}

function setUserPin(library: Library, known: ReadonlySet<string>, token: TokenInit): void {
  const { lib } = library.module;
  const slot = lib.C_GetSlotList(true).find((handle) => isInitialised(library, handle) && !known.has(nameOf(library, handle)));
  if (slot === undefined) throw new LyncauthError('CARD_FAILED', 'the new token does not appear');
  const session = lib.C_OpenSession(slot, CKF.SERIAL_SESSION | CKF.RW_SESSION);
  lib.C_Login(session, CKU.SO, token.soPin.reveal());
  lib.C_InitPIN(session, token.pin.reveal());
  lib.C_Logout(session);
  lib.C_CloseSession(session);
}

function initialised<T>({ module }: Library, work: () => T): T {
  try {
    module.lib.C_Initialize({ flags: CKF.OS_LOCKING_OK });
  } catch (error) {
    throw cardError(error, 'starting the driver');
  }
  try {
    return work();
  } catch (error) {
    throw cardError(error, 'token initialisation');
  } finally {
    module.lib.C_Finalize();
  }
}

function names(library: Library): Set<string> {
  const slots = library.module.lib.C_GetSlotList(true).filter((handle) => isInitialised(library, handle));
  return new Set(slots.map((handle) => nameOf(library, handle)));
}

/** All tokens of a TPM have one serial number. */
function nameOf({ module }: Library, slot: Buffer): string {
  const { serialNumber, label } = module.lib.C_GetTokenInfo(slot);
  return `${unpadded(serialNumber)} ${unpadded(label)}`;
}

function isInitialised({ module }: Library, slot: Buffer): boolean {
  return (module.lib.C_GetTokenInfo(slot).flags & CKF.TOKEN_INITIALIZED) !== 0;
}

function checkedLabel(label: string): string {
  try {
    return paddedLabel(label);
  } catch (error) {
    throw new LyncauthError('USAGE', `the token label "${label}" has more than 32 bytes`, { cause: error });
  }
}
