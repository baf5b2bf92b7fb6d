/** What earlier sign-ins found out: who signed in, which servers a person vouched for, where the servers are. Holds no secret; forgetting removes it. */
import { withLock } from './locks.js';
import type { StatePaths } from './paths.js';
import type { Removed } from './removed.js';
import { removeSecretFile, writeSecretFile } from './secret-file.js';
import { type Content, type Entry, memoryFile, readMemoryFile, type StoredDiscovery } from './sign-in-memory-file.js';

export type { StoredDiscovery } from './sign-in-memory-file.js';

export interface SignInMemory {
  /** The address that signed in last. */
  readonly lastAddress: string | undefined;
  /** Whether a card has signed in on this computer. */
  readonly cardUsed: boolean;
  /** Everybody of whom something is remembered. */
  readonly addresses: readonly string[];
  /** What a person trusted for `address`: names, lower case. */
  trustedDomains(address: string): readonly string[];
  /** Found at most a day before `now`; it saves questions to servers, and decides nothing about trust. */
  discovery(address: string, now: Date): StoredDiscovery | undefined;
}

/** How long servers are believed to stay where they are. */
const DISCOVERY_MS = 24 * 3600 * 1000;
/** More than anybody uses; the oldest go. */
const MAX_ADDRESSES = 50;
const MAX_DOMAINS = 50;

/**
 * All that is remembered; nothing when there is no file.
 *
 * @throws LyncauthError STATE_UNREADABLE naming the file: damaged, of a newer version, or not to be trusted
 */
export function readMemory(paths: StatePaths): SignInMemory {
  const { lastAddress, cardUsed, entries } = readMemoryFile(paths);
  return {
    lastAddress,
    cardUsed,
    addresses: [...new Set([lastAddress, ...entries.map(({ address }) => address)].filter((address) => address !== undefined))],
    trustedDomains: (address) => entryOf(entries, address).trustedDomains,
    discovery: (address, now) => {
      const { discovery } = entryOf(entries, address);
      const age = discovery === undefined ? Number.NaN : now.getTime() - discovery.foundAt.getTime();
      return age >= 0 && age < DISCOVERY_MS ? discovery : undefined;
    },
  };
}

/** `address` has signed in. @throws LyncauthError as readMemory() does, BUSY, and FAILED when writing fails */
export async function rememberAddress(paths: StatePaths, address: string, { card }: { card: boolean }): Promise<void> {
  await change(paths, (content) => ({ ...content, lastAddress: address.toLowerCase(), cardUsed: content.cardUsed || card }));
}

/** A person trusts the host `domain` for `address`. @throws LyncauthError as rememberAddress() does */
export async function rememberTrustedDomain(paths: StatePaths, address: string, domain: string): Promise<void> {
  await changeEntry(paths, address, (entry) => {
    const others = entry.trustedDomains.filter((each) => each !== domain.toLowerCase());
    return { ...entry, trustedDomains: [...others, domain.toLowerCase()].slice(-MAX_DOMAINS) };
  });
}

/** The servers of `address` were found at `now`. @throws LyncauthError as rememberAddress() does */
export async function rememberDiscovery(paths: StatePaths, address: string, discovery: StoredDiscovery, now: Date): Promise<void> {
  const { userUrl, accessLocation, via } = discovery;
  await changeEntry(paths, address, (entry) => ({ ...entry, discovery: { userUrl, accessLocation, via, foundAt: now } }));
}

/** The servers of `address` are no longer where they were. @throws LyncauthError as rememberAddress() does */
export async function forgetDiscovery(paths: StatePaths, address: string): Promise<void> {
  if (entryOf(readMemoryFile(paths).entries, address).discovery === undefined) return;
  await changeEntry(paths, address, (entry) => ({ ...entry, discovery: undefined }));
}

/**
 * Removes everything, also what cannot be read, and looks afterwards whether it is gone.
 *
 * @returns what was removed
 * @throws LyncauthError FAILED when something is still there; BUSY
 */
export async function forgetAll(paths: StatePaths): Promise<{ removed: Removed[] }> {
  return await locked(paths, async () => {
    const removed = describe(paths);
    return removeSecretFile(memoryFile(paths)) ? { removed } : { removed: [] };
  });
}

function describe(paths: StatePaths): Removed[] {
  const file: Removed = { kind: 'memory', name: memoryFile(paths) };
  let content: Content;
  try {
    content = readMemoryFile(paths);
  } catch {
    return [{ ...file, detail: 'could not be read' }];
  }
  const { lastAddress, entries } = content;
  const removed: Removed[] = [
    ...(lastAddress === undefined ? [] : [{ kind: 'address' as const, name: lastAddress }]),
    ...entries.flatMap(({ address, trustedDomains, discovery }) => [
      ...trustedDomains.map((name) => ({ kind: 'trusted-domain' as const, name, detail: `of ${address}` })),
      ...(discovery === undefined ? [] : [{ kind: 'servers' as const, name: address }]),
    ]),
  ];
  return removed.length > 0 ? removed : [file];
}

async function change(paths: StatePaths, work: (content: Content) => Content): Promise<void> {
  await locked(paths, async () => writeSecretFile(memoryFile(paths), work(readMemoryFile(paths))));
}

async function changeEntry(paths: StatePaths, address: string, work: (entry: Entry) => Entry): Promise<void> {
  await change(paths, (content) => {
    const entry = entryOf(content.entries, address);
    const others = content.entries.filter((each) => each.address !== entry.address);
    return { ...content, entries: [...others, work(entry)].slice(-MAX_ADDRESSES) };
  });
}

/** Held for a moment only, and also by who holds the session's lock: a lock of its own. */
async function locked<T>(paths: StatePaths, work: () => Promise<T>): Promise<T> {
  return await withLock(paths, `memory ${memoryFile(paths)}`, work, { doing: 'is changing what is remembered of sign-ins' });
}

function entryOf(entries: readonly Entry[], address: string): Entry {
  const wanted = address.toLowerCase();
  return entries.find((each) => each.address === wanted) ?? { address: wanted, trustedDomains: [], discovery: undefined };
}
