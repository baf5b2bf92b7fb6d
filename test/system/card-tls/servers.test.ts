/** Every kind of key in SoftHSM, TLS 1.2 and 1.3, three servers that want a client certificate from everybody. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClientAuthServer } from '../../support/client-auth.js';
import { type ClientCard, createClientCard } from '../../support/client-card.js';
import { createAuthority } from '../../support/loopback-https.js';
import { viaClient, viaHttps } from './requests.js';
import { servers } from './servers.js';

const KEYS = ['rsa2048', 'rsa4096', 'p256', 'p384'] as const;
const authority = createAuthority();
let card: ClientCard;

beforeAll(async () => {
  card = await createClientCard(authority.issuer, KEYS);
});
afterAll(() => card.close());

describe.each(servers)('%s with %s', (_name, protocol, start) => {
  let server: ClientAuthServer;

  beforeAll(async () => {
    server = await start({ identity: authority.identity(), clientCa: authority.pem, protocol });
  });
  afterAll(() => server.stop());

  test.each(KEYS)('names the holder of a %s key to https.request, after one signature on the card', async (type) => {
    const before = card.signatures();
    const answer = await viaHttps(server.url, card.identity(type), authority);
    expect(answer).toEqual({ status: 200, client: `CN=${type}`, protocol });
    expect(card.signatures() - before).toBe(1);
  });

  test.each(KEYS)("names the holder of a %s key to the program's client, after one signature on the card", async (type) => {
    const before = card.signatures();
    const answer = await viaClient(server.url, card.identity(type), authority);
    expect(answer).toEqual({ status: 200, client: `CN=${type}`, protocol });
    expect(card.signatures() - before).toBe(1);
  });
});
