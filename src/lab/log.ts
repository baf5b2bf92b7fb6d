/** The practice organisation's log: a line of JSON for every HTTP exchange and every decision of the CA. Never a password. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere } from './directory.js';

const FILE = 'log.jsonl';

export type LogEntry =
  | {
      readonly event: 'http';
      readonly method: string;
      /** With the query. */
      readonly path: string;
      /** Undefined when nobody was logged on. */
      readonly account?: string | undefined;
      /** HTTP status; 0 when the connection was cut. */
      readonly status: number;
      readonly requestId?: number | undefined;
      /** What broke inside the practice organisation, when it answered 500 for that. */
      readonly error?: string;
    }
  | {
      readonly event: 'submitted' | 'issued' | 'pending' | 'denied';
      readonly requestId: number;
      readonly account: string;
      readonly template: string;
      readonly hresult?: string;
    };

export type TimedLogEntry = LogEntry & { readonly time: string };

export function appendLog(dir: string, time: Date, entry: LogEntry): void {
  appendFileSync(join(dir, FILE), `${JSON.stringify({ time: time.toISOString(), ...entry })}\n`, { mode: 0o600 });
}

/** All entries, oldest first. A last line that is still being written is left out. */
export function readLog(dir: string): TimedLogEntry[] {
  const lines = (readIfThere(join(dir, FILE)) ?? '').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as TimedLogEntry);
}

/** One entry as a line for people. */
export function logLine(entry: TimedLogEntry): string {
  if (entry.event === 'http') {
    const request = entry.requestId === undefined ? '' : ` request ${entry.requestId}`;
    const error = entry.error === undefined ? '' : ` (${entry.error})`;
    return `${entry.time} ${entry.method} ${entry.path} ${entry.account ?? '-'} ${entry.status || 'cut'}${request}${error}`;
  }
  const reason = entry.hresult === undefined ? '' : ` ${entry.hresult}`;
  return `${entry.time} request ${entry.requestId} ${entry.event}: ${entry.template || 'no template'} for ${entry.account}${reason}`;
}
