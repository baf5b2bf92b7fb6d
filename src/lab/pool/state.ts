/** What the pool keeps in the lab directory between requests: its key, the applications, the security tokens it has seen. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readJson, writePrivate } from '../directory.js';

const FILE = 'pool.json';

/** A UCWA application: one device's session of a user. */
export interface Application {
  readonly id: string;
  /** Name of the account it belongs to. */
  readonly account: string;
  readonly userAgent: string;
  readonly culture: string;
  readonly endpointId: string;
  /** Takes part in presence since makeMeAvailable. */
  readonly available: boolean;
  /** Of the last request, ISO 8601; later than now while a request is kept waiting. */
  readonly seenAt: string;
}

export interface PoolState {
  /** 32 bytes, base64: seals tokens and cookies, so that they are good for this pool only. */
  readonly key: string;
  readonly applications: readonly Application[];
  /** Ids of the assertions taken so far, with the time until which they could come again, ISO 8601. */
  readonly assertions: Readonly<Record<string, string>>;
}

/** The state of the pool in `dir`, made when there is none. */
export function readState(dir: string): PoolState {
  const stored = readJson<PoolState>(join(dir, FILE));
  if (stored !== undefined) return stored;
  const state: PoolState = { key: randomBytes(32).toString('base64'), applications: [], assertions: {} };
  writeState(dir, state);
  return state;
}

/** Replaces what the pool remembers. */
export function writeState(dir: string, state: PoolState): void {
  writePrivate(join(dir, FILE), `${JSON.stringify(state)}\n`);
}
