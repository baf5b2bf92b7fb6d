/** A TPM's keys, behind tpm2-pkcs11, at the same servers. One key at a time: without a resource manager a TPM holds few objects. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTpmCard, type TpmCard } from '../../fixtures/tpm/tpm-card.js';
import { type ClientCard, openClientCard } from '../../support/client-card.js';
import { createAuthority } from '../../support/loopback-https.js';
import { viaClient, viaHttps } from './requests.js';
import { servers } from './servers.js';

const KEYS = { rsa2048: '01', p256: '02' };
const authority = createAuthority();
let tpm: TpmCard;

beforeAll(async () => {
  tpm = await startTpmCard();
  for (const type of ['rsa2048', 'p256'] as const) await tpm.addKey(type, KEYS[type]);
});
afterAll(() => tpm.stop());

describe.each(['rsa2048', 'p256'] as const)('a %s key', (type) => {
  let card: ClientCard;

  beforeAll(async () => {
    card = await openClientCard(tpm, authority.issuer);
  });
  afterAll(() => card.close());

  test.each(servers)('gets an answer from %s with %s, both ways', async (_name, protocol, start) => {
    const server = await start({ identity: authority.identity(), clientCa: authority.pem, protocol });
    try {
      for (const request of [viaHttps, viaClient]) {
        const before = card.signatures();
        const answer = await request(server.url, card.identity(type), authority);
        expect(answer).toEqual({ status: 200, client: `CN=${type}`, protocol });
        expect(card.signatures() - before).toBe(1);
      }
    } finally {
      await server.stop();
    }
  });
});
