/** What the file of sign-in-memory.ts holds, and reading it. Writes nothing. */
import { join } from 'node:path';
import type { StatePaths } from './paths.js';
import { readSecretFile } from './secret-file.js';
import { dateIn, type Fields, listIn, optional, parseSignInFile, recordIn, textIn, textsIn, urlIn } from './sign-in-file.js';

/** Where the servers of an address are: addresses as text. */
export interface StoredDiscovery {
  /** https. */
  readonly userUrl: string;
  readonly accessLocation?: 'internal' | 'external' | undefined;
  /** What it was found through. */
  readonly via: readonly string[];
}

export interface Entry {
  readonly address: string;
  readonly trustedDomains: readonly string[];
  readonly discovery: (StoredDiscovery & { readonly foundAt: Date }) | undefined;
}

export interface Content {
  readonly lastAddress: string | undefined;
  readonly cardUsed: boolean;
  /** The one that was changed last comes last. */
  readonly entries: readonly Entry[];
}

const NOTHING: Content = { lastAddress: undefined, cardUsed: false, entries: [] };

/** Where it is kept: what a person is told before it is written. */
export function memoryFile(paths: StatePaths): string {
  return join(paths.signInDir, 'memory.json');
}

/** @throws LyncauthError STATE_UNREADABLE */
export function readMemoryFile(paths: StatePaths): Content {
  const path = memoryFile(paths);
  const text = readSecretFile(path);
  return text === undefined ? NOTHING : parseSignInFile(path, text, toContent);
}

function toContent(value: Fields): Content {
  return {
    lastAddress: optional(value, 'lastAddress', textIn),
    cardUsed: value.cardUsed === true,
    entries: listIn(value, 'entries').map((each) => ({
      address: textIn(each, 'address'),
      trustedDomains: textsIn(each, 'trustedDomains'),
      discovery: optional(each, 'discovery', toDiscovery),
    })),
  };
}

function toDiscovery(value: Fields, name: string): Entry['discovery'] {
  const found = recordIn(value, name);
  const location = optional(found, 'accessLocation', textIn);
  if (location !== undefined && location !== 'internal' && location !== 'external') throw new Error(name);
  return { userUrl: urlIn(found, 'userUrl'), accessLocation: location, via: textsIn(found, 'via'), foundAt: dateIn(found, 'foundAt') };
}
