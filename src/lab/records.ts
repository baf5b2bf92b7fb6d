/** The requests the practice CA was sent, one file each. Decides nothing. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writePrivate } from './directory.js';

/** A CA that has been at work for a while does not start at 1; clients must not expect it. */
const FIRST_REQUEST_ID = 83;

export interface RequestRecord {
  readonly id: number;
  readonly status: 'issued' | 'pending' | 'denied';
  /** As the request named it; '' when it named none. */
  readonly template: string;
  /** Who sent it: `LAB\alice`. */
  readonly account: string;
  /** ISO 8601. */
  readonly submittedAt: string;
  /** The certification request, PEM. */
  readonly csr: string;
  /** SPKI, DER, base64. */
  readonly publicKey: string;
  /** PEM, once issued. */
  readonly certificate?: string;
  /** Why it was denied: `0x80094800`. */
  readonly hresult?: string;
}

/** Undefined where there is none with this id. */
export function readRecord(dir: string, id: number): RequestRecord | undefined {
  return readJson<RequestRecord>(recordFile(dir, id));
}

/** Replaces the record, or makes it. */
export function writeRecord(dir: string, record: RequestRecord): void {
  writePrivate(recordFile(dir, record.id), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** One more than the last; only the server takes them, so nobody races for it. */
export function nextRequestId(dir: string): number {
  const ids = readdirSync(join(dir, 'requests'))
    .map((name) => /^(\d+)\.json$/.exec(name)?.[1])
    .filter((id) => id !== undefined);
  return Math.max(FIRST_REQUEST_ID - 1, ...ids.map(Number)) + 1;
}

function recordFile(dir: string, id: number): string {
  return join(dir, 'requests', `${id}.json`);
}
