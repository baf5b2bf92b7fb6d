/** Temporary files that a run left behind because it was killed while it wrote: they hold what it was about to keep. Judged by their names only. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkFolder, quote, refuse, STATE_RULES } from './file-checks.js';
import { removePrivateFile } from './private-files.js';

/** As private-files.ts names them. */
const OWN = /^\.(.+)\.\d+\.[0-9a-f]{12}\.tmp$/;
/** As conf, which writes the settings, names them. */
const OF_SETTINGS = /^(.+)\.tmp-\d{10}[0-9a-f]{6}$/;

/**
 * Removes what is left in `dir` of `file`, or of every file.
 *
 * @returns the paths
 * @throws LyncauthError STATE_UNREADABLE for a folder that can't be read, is a link or another user's; FAILED when something can't be removed
 */
export function removeLeftovers(dir: string, file?: string): string[] {
  const paths = findLeftovers(dir, file);
  if (paths.length > 0) checkFolder(dir, STATE_RULES);
  for (const path of paths) removePrivateFile(path);
  return paths;
}

/** The same without removing. */
export function findLeftovers(dir: string, file?: string): string[] {
  return namesIn(dir)
    .filter((name) => {
      const written = (OWN.exec(name) ?? OF_SETTINGS.exec(name))?.[1];
      return written !== undefined && (file === undefined || written === file);
    })
    .map((name) => join(dir, name));
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown reason';
    if (code === 'ENOENT') return [];
    throw refuse(STATE_RULES, `cannot read folder ${dir} (${code})`, `check who owns it: ls -ld ${quote(dir)}`, error);
  }
}
