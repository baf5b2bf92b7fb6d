/** Reads CK_TOKEN_INFO into TokenInfo. Must not import native code; the memory sizes (bigint) stay behind. */
import type { TokenInfo as NativeTokenInfo } from 'pkcs11js';
import { CKF } from './cryptoki.js';
import { matchTokenDriver } from './drivers/registry.js';
import { unpadded } from './text.js';
import type { DriverProfile, PinState, TokenInfo } from './types.js';

/** The part of CK_TOKEN_INFO that is read; so graphene's Token fits as well. */
export type TokenFields = Pick<
  NativeTokenInfo,
  'label' | 'serialNumber' | 'model' | 'manufacturerID' | 'flags' | 'minPinLen' | 'maxPinLen'
>;

export type TokenSummary = Pick<TokenInfo, 'label' | 'serial' | 'model' | 'driver' | 'kind'>;

/** The profile for this token behind a module of profile `module`. */
export function driverOfToken(fields: TokenFields, module: DriverProfile): DriverProfile {
  return matchTokenDriver(module, { manufacturer: fields.manufacturerID, model: fields.model });
}

/** CK_TOKEN_INFO (PKCS#11 v2.40 section 3.2) as the program has it. @param module - the profile of the driver that the token is behind */
export function toTokenInfo(fields: TokenFields, module: DriverProfile): TokenInfo {
  const driver = driverOfToken(fields, module);
  return {
    label: unpadded(fields.label),
    serial: unpadded(fields.serialNumber),
    model: unpadded(fields.model),
    manufacturer: unpadded(fields.manufacturerID),
    driver: driver.id,
    kind: driver.kind,
    pin: { state: pinState(fields.flags, driver), min: fields.minPinLen, max: fields.maxPinLen },
    pinToBeChanged: has(fields.flags, CKF.USER_PIN_TO_BE_CHANGED),
    soPin: soPinState(fields.flags, driver),
    initialized: has(fields.flags, CKF.TOKEN_INITIALIZED),
    pinPad: has(fields.flags, CKF.PROTECTED_AUTHENTICATION_PATH),
    loginRequired: has(fields.flags, CKF.LOGIN_REQUIRED),
  };
}

/** What a card is told apart by: the `token` of the JSON results. */
export function tokenSummary({ label, serial, model, driver, kind }: TokenInfo): TokenSummary {
  return { label, serial, model, driver, kind };
}

/** The gravest state that the flags tell (PKCS#11 v2.40 section 3.2, CK_TOKEN_INFO); drivers set one flag or several. */
export function pinState(flags: number, driver: Pick<DriverProfile, 'pinFlags'>): PinState {
  if (has(flags, CKF.USER_PIN_LOCKED)) return 'locked';
  if (!has(flags, CKF.USER_PIN_INITIALIZED)) return 'unset';
  if (has(flags, CKF.USER_PIN_FINAL_TRY)) return 'final';
  if (has(flags, CKF.USER_PIN_TO_BE_CHANGED)) return 'must-change';
  if (has(flags, CKF.USER_PIN_COUNT_LOW)) return 'low';
  return driver.pinFlags === 'none' ? 'unknown' : 'ok';
}

/** The same of the security officer's PIN, which has no flag for being set. */
export function soPinState(flags: number, driver: Pick<DriverProfile, 'pinFlags'>): PinState {
  if (has(flags, CKF.SO_PIN_LOCKED)) return 'locked';
  if (has(flags, CKF.SO_PIN_FINAL_TRY)) return 'final';
  if (has(flags, CKF.SO_PIN_TO_BE_CHANGED)) return 'must-change';
  if (has(flags, CKF.SO_PIN_COUNT_LOW)) return 'low';
  return driver.pinFlags === 'none' ? 'unknown' : 'ok';
}

function has(flags: number, flag: number): boolean {
  return (flags & flag) !== 0;
}
