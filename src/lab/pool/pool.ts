/** What the pool's handlers are given, and what they give back. Types, and the small answers that several of them need. */
import type { Account } from '../accounts.js';
import type { Fault } from '../faults.js';
import type { Federation } from '../federation.js';
import type { LogEntry } from '../log.js';
import type { LabRequest, LabResponse } from '../message.js';

export const POOL_FQDN = 'pool.lab.test';

export interface Pool {
  /** The lab directory. */
  readonly dir: string;
  readonly federation: Federation;
  readonly faults: readonly Fault[];
  /** The pool's own clock. */
  now(): Date;
  log(entry: LogEntry): void;
}

/** A request to the pool; `origin` is the name it is called by: all links of the answer are there, and its tokens are good there. */
export type PoolRequest = LabRequest & { readonly origin: string };

/** An answer, with the account whose token or password was accepted, for the log. */
export type PoolResponse = LabResponse & { readonly account?: Account };

/** JSON as the pool's web services write it. */
export function json(status: number, value: object, headers: LabResponse['headers'] = {}): PoolResponse {
  return { status, headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers }, body: JSON.stringify(value) };
}

/** An answer without a body. */
export function empty(status: number, headers: LabResponse['headers'] = {}): PoolResponse {
  return { status, headers, body: '' };
}

/**
 * The header that says why a request was refused ([MS-OCAUTHWS] section 3.2.4.1): 28000 not enabled, 28020 no valid token, 28029
 * authentication type not allowed.
 */
export function diagnostics(id: number, reason: string, fault?: string): { 'X-Ms-diagnostics': string } {
  return { 'X-Ms-diagnostics': `${id};source="${POOL_FQDN}";reason="${reason}"${fault === undefined ? '' : `;faultcode="${fault}"`}` };
}
