/** Brings a lab directory to life: root, handler and HTTPS host; or opens its CA alone, for what is done from another process. */
import type { Authority } from './authority.js';
import { createServerCredentials, openRoot, readRoot } from './authority-files.js';
import { readSettings, writeSettings } from './directory.js';
import { startHost } from './host.js';
import { createOrganisation } from './organisation.js';

export interface Practice {
  /** `https://localhost:PORT`. */
  readonly origin: string;
  close(): Promise<void>;
}

/**
 * Starts the practice organisation of `dir`, on the port it had before when that is free.
 *
 * @param dir - a lab directory.
 */
export async function startPractice(dir: string, now: () => Date): Promise<Practice> {
  const root = await openRoot(dir, now());
  const credentials = await createServerCredentials(dir, root, now());
  const settings = readSettings(dir);
  const host = await startHost(credentials, (origin) => createOrganisation({ dir, root, origin, now }), settings);
  writeSettings(dir, { ...settings, port: host.port });
  return host;
}

/** The CA of a directory that was started at least once, to decide about its requests from another process. */
export function openAuthority(dir: string, now: () => Date): Authority {
  return { dir, root: readRoot(dir), origin: `https://localhost:${readSettings(dir).port ?? 443}`, now };
}
