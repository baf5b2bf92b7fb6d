/** One run at a time, for a card or a session. A lock outlives no process: what a killed run left is taken over. */
import { createHash, randomBytes } from 'node:crypto';
import { linkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LyncauthError } from '../errors.js';
import { cardFileName } from './card-file-name.js';
import { type FileRules, STATE_RULES } from './file-checks.js';
import type { StatePaths } from './paths.js';
import { ensurePrivateDir, readPrivateFile, removePrivateFile, writeTemporary } from './private-files.js';
import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.js';

const WAIT_MS = 2000;
const POLL_MS = 50;
const LOCK_RULES: FileRules = { ...STATE_RULES, mayBeLinked: true };

/**
 * Runs `work` while no other process holds the lock `key` (what a card is told from others by, or what else there is one of) for this user.
 *
 * @param options.waitMs how long to wait for the holder, in milliseconds; 2000 unless given
 * @param options.doing what its holder does, for the error; `holds this card` unless given
 * @throws LyncauthError BUSY naming the process that holds it
 */
export async function withLock<T>(
  paths: StatePaths,
  key: string,
  work: () => Promise<T>,
  options: { waitMs?: number; doing?: string } = {},
): Promise<T> {
  ensurePrivateDir(paths.lockDir);
  const release = await acquire(join(paths.lockDir, cardFileName(key, 'lock')), Date.now() + (options.waitMs ?? WAIT_MS), options.doing);
  try {
    return await work();
  } finally {
    release();
  }
}

async function acquire(path: string, deadline: number, doing = 'holds this card'): Promise<() => void> {
  const content = JSON.stringify({ ...ownIdentity(), nonce: randomBytes(16).toString('hex') });
  for (;;) {
    const held = readPrivateFile(path, LOCK_RULES);
    if (held === undefined) {
      if (place(path, content)) return () => release(path, content);
      continue;
    }
    const holder = parseHolder(held);
    if (holder === undefined || !isRunning(holder)) {
      await removeAbandoned(path, held, doing);
      continue;
    }
    if (Date.now() >= deadline) throw busy(holder, doing);
    await new Promise((resume) => setTimeout(resume, POLL_MS));
  }
}

/** Makes the lock with its content in one step, so that nobody ever sees it empty. */
function place(path: string, content: string): boolean {
  const temporary = writeTemporary(path, content);
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new LyncauthError('FAILED', `cannot make the lock ${path}`, { cause: error });
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * Removes a dead owner's lock. Whoever does so first holds a lock on that very content, and looks again under it: contents never
 * repeat, so a slower process that read the same dead lock can't remove the living one that took its place.
 */
async function removeAbandoned(path: string, content: string, doing: string): Promise<void> {
  const mark = createHash('sha256').update(content).digest('hex').slice(0, 16);
  const unmark = await acquire(`${path}.${mark}`, Date.now() + WAIT_MS, doing);
  try {
    if (readPrivateFile(path, LOCK_RULES) === content) removePrivateFile(path);
  } finally {
    unmark();
  }
}

function release(path: string, content: string): void {
  if (readPrivateFile(path, LOCK_RULES) === content) removePrivateFile(path);
}

/** Undefined for a lock that a power cut left empty or cut short: its owner is gone. */
function parseHolder(content: string): ProcessIdentity | undefined {
  try {
    const { pid, started } = JSON.parse(content) as Partial<ProcessIdentity>;
    return Number.isSafeInteger(pid) && Number(pid) > 0 && typeof started === 'string' ? { pid: Number(pid), started } : undefined;
  } catch {
    return undefined;
  }
}

function busy(holder: ProcessIdentity, doing: string): LyncauthError {
  return new LyncauthError('BUSY', `another run of lyncauth ${doing} (process ${holder.pid})`, {
    hint: 'wait until it has ended, then try again',
    details: { pid: holder.pid },
  });
}
