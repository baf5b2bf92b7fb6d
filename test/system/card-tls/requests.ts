/** The two ways to a server with the card's key: Node's own https.request, and the program's HTTPS client. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createCardKey } from '../../../src/http/card-tls.js';
import { createHttpClient, type HttpClient } from '../../../src/http/client.js';
import type { ClientIdentity } from '../../../src/signer.js';
import type { TestAuthority } from '../../support/loopback-https.js';

/** What the server says about the client. */
export interface Answer {
  status: number | undefined;
  client: unknown;
  protocol: unknown;
}

/** One request of Node's own, on a connection of its own. */
export async function viaHttps(url: string, identity: ClientIdentity, { pem }: TestAuthority): Promise<Answer> {
  const { cert, key, dispose } = createCardKey(identity);
  try {
    const request = httpsRequest(url, { cert, key, ca: pem, agent: false }).end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    return answerOf(response.statusCode, response.headers);
  } finally {
    dispose();
  }
}

/** One request of the program's own. */
export async function viaClient(url: string, identity: ClientIdentity, authority: TestAuthority): Promise<Answer> {
  const { status, headers } = await openClient(authority).request({ method: 'GET', url: new URL(url), identity });
  return answerOf(status, headers);
}

/** The program's client, closed when the test ends. @param tell takes what it tells the person */
export function openClient({ pem }: TestAuthority, tell?: (text: string) => void): HttpClient {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-client-'));
  const caFile = join(dir, 'ca.pem');
  writeFileSync(caFile, pem);
  const client = createHttpClient({ caFile, env: {}, timeoutMs: 10_000, ...(tell === undefined ? {} : { tell }) });
  onTestFinished(() => {
    client.close();
    rmSync(dir, { recursive: true });
  });
  return client;
}

function answerOf(status: number | undefined, headers: IncomingMessage['headers']): Answer {
  return { status, client: headers['x-client'], protocol: headers['x-protocol'] };
}
