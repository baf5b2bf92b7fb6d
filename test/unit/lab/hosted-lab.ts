/** A practice organisation for a test as its users have it: hosted, and asked over real HTTPS by plain node:https. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type Practice, startPractice } from '../../../src/lab/practice.js';
import { createLab, type Lab } from './practice-lab.js';

export interface HostedAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  rawHeaders: string[];
  body: Buffer;
}

export interface Question {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface HostedLab extends Pick<Lab, 'fault' | 'openssl' | 'write'> {
  readonly dir: string;
  /** Of the host that has the CA and the pool. */
  readonly origin: string;
  /** @param url - from the origin on, or whole */
  ask(url: string, question?: Question): Promise<HostedAnswer>;
  stop(): Promise<void>;
  /** Hosts the same organisation again. */
  start(): Promise<void>;
}

/** One for each test of a file. Call it where the file's hooks are. */
export function useHostedLab(): HostedLab {
  let lab: Lab;
  let practice: Practice;
  const start = async () => {
    practice = await startPractice(lab.dir, () => new Date());
  };
  beforeEach(async () => {
    lab = await createLab();
    await start();
  });
  afterEach(async () => {
    await practice.close();
    lab.remove();
  });
  return {
    get dir() {
      return lab.dir;
    },
    get origin() {
      return practice.origin;
    },
    fault: (...names) => lab.fault(...names),
    openssl: (...args) => lab.openssl(...args),
    write: (name, data) => lab.write(name, data),
    ask: (url, question) => askOver(new URL(url, practice.origin), readFileSync(join(lab.dir, 'ca.pem')), question),
    stop: () => practice.close(),
    start,
  };
}

async function askOver(url: URL, ca: Buffer, { method = 'GET', headers = {}, body = '' }: Question = {}): Promise<HostedAnswer> {
  const outgoing = request(url, { method, ca, agent: false, headers });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const content = Buffer.concat(await response.toArray());
  return { status: response.statusCode ?? 0, headers: response.headers, rawHeaders: response.rawHeaders, body: content };
}
