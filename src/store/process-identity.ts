/** Which process a process id means: ids are used again, start times tell them apart. */
import { readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** Ticks since boot on Linux, a date elsewhere, `unknown` where the system tells neither. Compared, never shown. */
  readonly started: string;
}

const UNKNOWN = 'unknown';

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, started: startOf(process.pid) ?? UNKNOWN };
}

/** True while the very process that `identity` names is running. */
export function isRunning(identity: ProcessIdentity): boolean {
  if (!exists(identity.pid)) return false;
  const started = startOf(identity.pid);
  if (started === undefined) return false;
  return started === identity.started || started === UNKNOWN || identity.started === UNKNOWN;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, but another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Undefined when the process has ended. */
function startOf(pid: number): string | undefined {
  if (process.platform === 'linux') return startOnLinux(pid);
  if (process.platform === 'win32') return UNKNOWN;
  try {
    // Not imported: every command has to do with a lock, and Linux needs no program for it.
    const { execFileSync } = process.getBuiltinModule('node:child_process');
    const env = { PATH: '/bin:/usr/bin', LC_ALL: 'C' };
    const args = ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)];
    const out = execFileSync('ps', args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return out.startsWith('Z') ? undefined : out.replace(/^\S+\s+/, '') || undefined;
  } catch {
    return undefined; // ps fails where there is no such process
  }
}

/** proc(5), /proc/pid/stat: state is field 3 and starttime field 22; field 2, the name, may hold spaces and brackets. */
function startOnLinux(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch (error) {
    // Another user's process may be hidden (hidepid): that it exists is all there is to know.
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && !exists(pid) ? undefined : UNKNOWN;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ended = fields[0] === 'Z' || fields[0] === 'X'; // killed, and its parent has not looked yet
  return ended ? undefined : fields[19];
}
