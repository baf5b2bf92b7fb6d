/** Loads every native addon, inside the process of a probe: one that is broken may end that process. */
import { loadNative } from '../native.js';
import { importModule } from '../pkcs11/binding.js';
import { loadKoffi } from '../pkcs11/pin-pad.js';
import type { AddonFacts, Trouble } from './facts.js';
import { asTrouble } from './trouble.js';

/** @param calling - is told of each before it is loaded */
export async function probeAddons(calling: (addon: string) => void): Promise<AddonFacts> {
  const load = async (addon: string, work: () => unknown): Promise<Trouble | undefined> => {
    calling(addon);
    try {
      await work();
      return undefined;
    } catch (error) {
      return asTrouble(error);
    }
  };
  return {
    cards: await load('pkcs11js', importModule),
    tls: await load('lyncauth', loadNative),
    pinPad: await load('koffi', loadKoffi),
  };
}
