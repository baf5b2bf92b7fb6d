/** The faults that are on, in a file: the server reads it at every request, so that another process can switch them. */
import { join } from 'node:path';
import { readJson, writePrivate } from './directory.js';
import { type Fault, formatFault, parseFault } from './faults.js';

const FILE = 'faults.json';

/** The faults that are on; another process may have written them. */
export function readFaults(dir: string): Fault[] {
  return (readJson<string[]>(join(dir, FILE)) ?? []).map(parseFault);
}

/** Replaces those that are on. */
export function writeFaults(dir: string, faults: readonly Fault[]): void {
  writePrivate(join(dir, FILE), `${JSON.stringify(faults.map(formatFault))}\n`);
}
