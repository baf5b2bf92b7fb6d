/** A card in a reader with keys of its own, on which a person types the PINs; behind the module that injects faults. */
import type { Fault } from './fault-module.js';
import { copyProgram } from './program-copy.js';
import type { TestToken } from './softhsm.js';

interface Card {
  token: Pick<TestToken, 'pin' | 'soPin'>;
  fault: Fault;
}

/** What the person types as a new PIN. */
export const NEW_PIN = '97531864';

/** From now on PINs are typed on the reader, and refused where a program gives one. @param rules - more of them */
export function onPinPad({ token, fault }: Card, rules: string[] = []): void {
  fault.rules([`pinpad ${token.pin} ${NEW_PIN}`, `sopinpad ${token.soPin}`, ...rules]);
  fault.clearLog();
}

/** The calls that take a PIN, each with where it came from: `C_Login 0x0 user pin-pad`. */
export function pinCalls({ fault }: Pick<Card, 'fault'>): string[] {
  return fault.log().filter((line) => /^C_(Login|SetPIN|InitPIN) /.test(line));
}

/** The built program as it is where koffi could not be installed: the path of a copy, for one test. */
export function programWithoutKoffi(): string {
  return copyProgram('native', 'node_modules/pkcs11js');
}
