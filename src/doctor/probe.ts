/** What the process of a probe does: looks, tells, and ends. runProbe() is at the other end. */
import { isLyncauthError, LyncauthError } from '../errors.js';
import { loadNative } from '../native.js';
import { withAddon } from '../pkcs11/binding.js';
import type { Blocking } from '../pkcs11/calls.js';
import { probeAddons } from './probe-addons.js';
import type { CardChoice } from './probe-driver.js';
import { ADDONS, type ProbeMessage } from './run-probe.js';
import { asTrouble } from './trouble.js';

export interface ProbeRequest extends CardChoice {
  /** ADDONS, or the absolute path of a driver. */
  what: string;
  /** Runs calls that block: as for every command with a card, Ctrl-C ends the process meanwhile. */
  blocking: Blocking;
  /** After so many seconds the process ends itself: only where nobody is left to end it. */
  seconds: number;
}

/**
 * Probes, and tells what it finds.
 * @param send - process.send
 * @throws USAGE where nobody listens: this is no command for people
 */
export async function probe(request: ProbeRequest, send: NodeJS.Process['send']): Promise<void> {
  if (send === undefined) throw new LyncauthError('USAGE', "unknown option '--probe'", { hint: 'lyncauth doctor --help' });
  const tell = (message: ProbeMessage): Promise<void> => new Promise((resolve) => void send(message, undefined, {}, () => resolve()));
  let last = '';
  const calling = (call: string): void => {
    // Written to the channel before this returns: a crash in the call cannot take it along.
    if (call !== last) void tell({ call });
    last = call;
  };
  try {
    // the addon that ends it is one of those that are looked at
    if (request.what === ADDONS) calling('lyncauth');
    endAlone(request.seconds);
    if (request.what === ADDONS) return await tell({ facts: await probeAddons(calling) });
    const { probeDriver } = await withAddon(() => import('./probe-driver.js'));
    await probeDriver(request.what, request, { look: (facts) => tell({ facts }), calling, blocking: request.blocking });
  } catch (error) {
    await tell({ trouble: asTrouble(error) });
  }
}

/** What hangs here would outlive whoever waited for it. */
function endAlone(seconds: number): void {
  const nothing = Buffer.alloc(0);
  try {
    loadNative().beginCall(seconds * 1000, 1, nothing, nothing);
  } catch (error) {
    if (!isLyncauthError(error, 'ADDON_MISSING')) throw error;
  }
}
