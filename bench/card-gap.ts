/** Measures how long JavaScript's thread stands still while the card makes an RSA-4096 key and signs with it, and with nothing to do. Prints JSON: the longest gap of each round, in ms. */
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { destroyKeyPair, generateKeyPair, newKeyId } from '../src/pkcs11/keys.js';
import { createSigner } from '../src/pkcs11/signer.js';
import { openCard } from './open-card.js';

const rounds = 5;
const signatures = 20;
const every = 2;
/** As long as most rounds take, in ms. */
const idle = 1000;

const { session, close } = openCard();
const gaps = { alone: [] as number[], busy: [] as number[] };
for (let round = 0; round < rounds; round++) {
  gaps.alone.push(await longestGap(() => setTimeout(idle)));
  gaps.busy.push(await longestGap(useKey));
}
process.stdout.write(JSON.stringify(gaps));
close();

async function useKey(): Promise<void> {
  const id = newKeyId();
  const signer = createSigner(session, await generateKeyPair(session, { type: 'rsa4096', id, label: 'bench' }));
  for (let made = 0; made < signatures; made++) await signer.sign(Buffer.from('data to be signed'), { kind: 'rsa-pkcs1', hash: 'sha256' });
  destroyKeyPair(session, id);
}

/** The longest time between two turns of a timer while `work` goes on, less what this thread waited for a processor meanwhile. */
async function longestGap(work: () => Promise<unknown>): Promise<number> {
  let last = { now: performance.now(), waited: waitedForProcessor() };
  let longest = 0;
  const look = () => {
    const next = { now: performance.now(), waited: waitedForProcessor() };
    longest = Math.max(longest, next.now - last.now - (next.waited - last.waited));
    last = next;
  };
  const timer = setInterval(look, every);
  await work();
  look();
  clearInterval(timer);
  return longest;
}

/** In ms, of this thread since it began, where the system tells (Linux, proc(5): the second number); else 0, and the gap holds it. */
function waitedForProcessor(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}
