/** Ends the program at the very moment at which it replaces or removes a file of its own: no run is too fast for it. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const fixture = pathToFileURL(join(import.meta.dirname, '../fixtures/kill-at.mjs')).href;

/** `before`, `after`: the call. The name is a pattern, without spaces. */
export type FileMoment = `${'before' | 'after'} ${'renameSync' | 'unlinkSync'} ${string}`;

/** What a run that is to end at `moment` finds in its environment. */
export function killAt(moment: FileMoment, signal: NodeJS.Signals = 'SIGKILL'): Record<string, string> {
  return { NODE_OPTIONS: `--import=${fixture}`, KILL_AT: moment, KILL_SIGNAL: signal };
}
