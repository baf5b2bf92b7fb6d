/** Waits until something changes in the readers. Polls the slot list; asks the cards themselves nothing. */
import { setTimeout as delay } from 'node:timers/promises';
import type { CardModule } from '../pkcs11/module.js';

/** Short enough that a person sees the reaction at once (half a second), long enough to cost nothing. */
const POLL_MS = 250;

/**
 * Resolves when other readers hold a card than `before`.
 * @param before - the readers that held one
 * @param deadline - when to give up, as Date.now(); Infinity waits until the process is interrupted
 * @throws `late` when nothing changed in time
 */
export async function waitForChange(module: CardModule, before: readonly string[], deadline: number, late: unknown): Promise<void> {
  const known = before.join('\n');
  do {
    const left = deadline - Date.now();
    if (left <= 0) throw late;
    await delay(Math.min(POLL_MS, left));
  } while (module.presentReaders().join('\n') === known);
}
