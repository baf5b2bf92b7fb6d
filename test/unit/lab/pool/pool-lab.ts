/** A practice pool for a test: its handler asked directly, as a client of its web services would. */
import { type Account, findAccount } from '../../../../src/lab/accounts.js';
import { createFederation, type Federation, openTokenSigning } from '../../../../src/lab/federation.js';
import { type LogEntry, readLog } from '../../../../src/lab/log.js';
import type { LabResponse } from '../../../../src/lab/message.js';
import { createOrganisation } from '../../../../src/lab/organisation.js';
import { createLab, type Lab, madeOnce } from '../practice-lab.js';

export const POOL = 'https://localhost:4443';
export const STS = 'https://localhost:4444';
export const ROOT = '/autodiscover/autodiscoverservice.svc/root';
export const APPLICATIONS = '/ucwa/oauth/v1/applications';
export const alice = findAccount('alice@lab.test') as Account;

export interface Question {
  method?: string;
  headers?: Record<string, string>;
  /** Makes it a POST of a form. */
  form?: Record<string, string>;
  /** Makes it a POST of JSON. */
  json?: unknown;
  /** A bearer token. */
  token?: string;
  /** The name the pool is called by; localhost:4443 unless given. */
  host?: string;
}

export interface PoolLab {
  readonly federation: Federation;
  /** The pool's clock; tests turn it on. */
  clock: Date;
  ask(path: string, question?: Question): LabResponse;
  /** A token by password. */
  token(user?: string, host?: string): string;
  fault(...names: string[]): void;
  /** The pool's own log lines, without the HTTP exchanges. */
  events(): LogEntry[];
  remove(): void;
}

const copySigning = madeOnce(['token-signing.key', 'token-signing.pem'], (dir) => openTokenSigning(dir, new Date()));

export async function createPoolLab(): Promise<PoolLab> {
  const lab: Lab = await createLab();
  await copySigning(lab.dir);
  const signing = await openTokenSigning(lab.dir, new Date());
  const federation = createFederation({ pool: POOL, sts: STS, certificateHost: 'https://localhost:4445' }, signing);
  const pool: PoolLab = {
    federation,
    clock: new Date(),
    ask: (path, question = {}) => handler(labRequest(path, question)),
    token: (user = 'alice', host) => {
      const form = { grant_type: 'password', username: `${user}@lab.test`, password: `Practice-${user}-46` };
      return body(pool.ask('/WebTicket/oauthtoken', { form, ...(host === undefined ? {} : { host }) })).access_token;
    },
    fault: lab.fault,
    events: () => readLog(lab.dir).filter(({ event }) => event !== 'http'),
    remove: lab.remove,
  };
  const handler = createOrganisation({ ...lab.authority, now: () => pool.clock }, federation);
  return pool;
}

/** The JSON in an answer. */
// biome-ignore lint/suspicious/noExplicitAny: tests read what they know is there
export function body(response: LabResponse): any {
  return JSON.parse(String(response.body));
}

/** One header of an answer; several lines with a line end between them. */
export function header(response: LabResponse, name: string): string {
  const [, value] = Object.entries(response.headers).find(([key]) => key.toLowerCase() === name.toLowerCase()) ?? [];
  return [value ?? []].flat().join('\n');
}

function labRequest(path: string, { method, headers, form, json, token, host = 'localhost:4443' }: Question) {
  const url = new URL(path, POOL);
  const content = form === undefined ? (json === undefined ? '' : JSON.stringify(json)) : new URLSearchParams(form).toString();
  const type = form === undefined ? 'application/json' : 'application/x-www-form-urlencoded;charset=UTF-8';
  return {
    method: method ?? (content === '' ? 'GET' : 'POST'),
    path: url.pathname,
    query: url.searchParams,
    headers: {
      host,
      ...(content === '' ? {} : { 'content-type': type }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: Buffer.from(content),
  };
}
