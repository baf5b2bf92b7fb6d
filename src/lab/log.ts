/** The practice organisation's log: a line of JSON for every HTTP exchange and every decision of its servers. Never a password or a token. */
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
      /** Which host of AD FS was asked: the ordinary one, or the one that asks for a certificate. */
      readonly host?: 'sts' | 'certificate';
      /** Subject of the certificate that the client showed in TLS. */
      readonly certificate?: string;
      readonly tlsVersion?: string;
      /** Why the answer is what it is. */
      readonly note?: string;
      /** What broke inside the practice organisation, when it answered 500 for that. */
      readonly error?: string;
    }
  | {
      readonly event: 'submitted' | 'issued' | 'pending' | 'denied';
      readonly requestId: number;
      readonly account: string;
      readonly template: string;
      readonly hresult?: string;
    }
  | PoolEntry;

/** What the pool did; never about a request to the CA. */
export type PoolEntry = { readonly requestId?: undefined } & (
  | { readonly event: 'token'; readonly account: string /** As the client named it. */; readonly grant: string }
  | { readonly event: 'passive'; readonly account: string /** As AD FS's token says it. */; readonly authenticationMethod: string }
  | { readonly event: 'passive-refused'; readonly reason: string }
  | { readonly event: 'created' | 'deleted' | 'expired'; readonly application: string; readonly account: string }
);

export type TimedLogEntry = LogEntry & { readonly time: string };

/** Adds one line. */
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
    const host = entry.host === undefined ? '' : ` AD FS${entry.host === 'certificate' ? ' certificate host' : ''}`;
    const certificate = entry.certificate === undefined ? '' : ` TLS client certificate ${entry.certificate}`;
    const remarks = [entry.note, entry.error].filter((remark) => remark !== undefined).map((remark) => ` (${remark})`);
    return `${entry.time}${host} ${entry.method} ${entry.path} ${entry.account ?? '-'} ${entry.status || 'cut'}${request}${certificate}${remarks.join('')}`;
  }
  if (entry.requestId === undefined) return `${entry.time} ${poolLine(entry)}`;
  const reason = entry.hresult === undefined ? '' : ` ${entry.hresult}`;
  return `${entry.time} request ${entry.requestId} ${entry.event}: ${entry.template || 'no template'} for ${entry.account}${reason}`;
}

function poolLine(entry: PoolEntry): string {
  switch (entry.event) {
    case 'token':
      return `token issued to ${entry.account} by ${entry.grant}`;
    case 'passive':
      return `security token of ${entry.account} taken: ${entry.authenticationMethod}`;
    case 'passive-refused':
      return `security token refused: ${entry.reason}`;
    default:
      return `application ${entry.application} of ${entry.account} ${entry.event}`;
  }
}
