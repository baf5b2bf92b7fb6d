/** Every fault at every call: in the order of the document. */
import { pinChange } from './change-pin.js';
import { installation, keyGeneration, login, signature } from './enroll.js';
import type { FaultSection } from './outcome.js';

export const sections: readonly FaultSection[] = [login, keyGeneration, signature, installation, pinChange];
