/** Whom a token may be for: a host of the organisation or of this sign-in, or one that a person vouches for. */
import { expect, test } from 'vitest';
import { createTrustRule } from '../../../../src/sign-in/trust-rule.js';
import { assertAudience } from '../../../../src/sign-in/ws-trust/audience.js';
import { failure } from '../../../support/failure.js';
import { pretendService } from '../../../support/ws-trust-service.js';

const { input } = pretendService({});
const own = { ...input, trust: createTrustRule(input.address, { trustDomains: ['lync.example'] }) };

test.each(['https://pool.lab.test/passiveauth', 'http://pool.lab.test/PassiveAuth', 'https://pool01.lync.example:4443/x'])(
  'a token for %s is one for a pool',
  async (realm) => {
    await assertAudience(own, realm);
  },
);

test.each(['https://pool01.contoso.local/passiveauth', 'http://TOKENS.contoso.local:4443/'])(
  'a token for %s is one for a host of this sign-in, whatever its domain',
  async (realm) => {
    const tokenUrl = new URL('https://tokens.contoso.local/WebTicket/oauthtoken');
    await assertAudience({ ...own, tokenUrl, passiveUrl: new URL('https://pool01.contoso.local/PassiveAuth/') }, realm);
  },
);

test.each(['urn:federation:MicrosoftOnline', 'https://evil-lab.test/', 'https://sharepoint.evil.test/_trust/', 'javascript:x', 'pool', ''])(
  'a token for "%s" is not asked for',
  async (realm) => {
    expect(await failure(assertAudience(own, realm))).toMatchObject({ code: 'METHOD_NOT_OFFERED', hint: expect.stringMatching(/\w/) });
  },
);

test('a person may vouch for its host', async () => {
  const asked: string[] = [];
  const trust = createTrustRule(input.address, { trustDomains: [], confirm: async (host) => asked.push(host) > 0 });
  await assertAudience({ ...input, trust }, 'https://pool.contoso.local/passiveauth');
  expect(asked).toEqual(['pool.contoso.local']);
});

test('what the pool calls the service is shown without what moves a cursor', async () => {
  const { message } = await failure(assertAudience(own, `urn:\u001b[2J\u202e${'x'.repeat(1000)}`));
  expect(message).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(message.length).toBeLessThan(320);
});
