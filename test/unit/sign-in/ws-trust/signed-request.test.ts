/** The signature over a WS-Trust message, verified with the certificate in it. */
import { describe, expect, it } from 'vitest';
import type { SignatureHash } from '../../../../src/sign-in/ws-trust/mex.js';
import type { TokenRequest } from '../../../../src/sign-in/ws-trust/request.js';
import { signedRequest } from '../../../../src/sign-in/ws-trust/signed-request.js';
import { failure } from '../../../support/failure.js';
import { createAuthority } from '../../../support/loopback-https.js';
import { judgeSignedEnvelope } from '../../../support/signed-envelope.js';
import { softwareIdentity } from '../../../support/software-identity.js';
import { NOW, REALM, STS } from '../../../support/ws-trust-service.js';

const { issuer } = createAuthority();
const card = softwareIdentity(issuer, { kind: 'rsa2048' });

function requestTo(version: '2005' | '13', hash: SignatureHash, query = '') {
  const endpoint: TokenRequest['endpoint'] = {
    kind: 'certificatemixed',
    version,
    hash,
    url: new URL(`${STS}/adfs/services/trust/${version}/certificatemixed${query}`),
  };
  return { endpoint, realm: REALM, now: NOW };
}

describe('a request that the card signs', () => {
  it.each([
    ['2005', 'sha1'],
    ['13', 'sha1'],
    ['13', 'sha256'],
  ] as const)('covers Timestamp and To, in WS-Trust %s with %s', async (version, hash) => {
    const judged = judgeSignedEnvelope(await signedRequest(requestTo(version, hash), card, 'direct'));
    expect(judged).toMatchObject({ hash, reference: 'direct', to: `${STS}/adfs/services/trust/${version}/certificatemixed`, created: NOW });
    expect(judged.certificate).toEqual(Buffer.from(card.certificate));
    expect(judged.expires.getTime() - judged.created.getTime()).toBe(5 * 60_000);
  });

  it('can name the certificate by its thumbprint', async () => {
    expect(judgeSignedEnvelope(await signedRequest(requestTo('13', 'sha1'), card, 'thumbprint')).reference).toBe('thumbprint');
  });

  it('is signed right when the address holds characters that are escaped', async () => {
    const { to } = judgeSignedEnvelope(await signedRequest(requestTo('13', 'sha1', '?a=1&b=%3C%22%27'), card, 'direct'));
    expect(to).toContain('?a=1&b=%3C%22%27');
  });

  it('does not verify any more once a signed part is changed', async () => {
    const envelope = await signedRequest(requestTo('13', 'sha1'), card, 'direct');
    expect(() => judgeSignedEnvelope(envelope.replace('2026-02-03T04:10:06', '2026-02-03T05:10:06'))).toThrow('the digest of Timestamp');
    expect(() => judgeSignedEnvelope(envelope.replace(`>${STS}/`, '>https://other.lab.test/'))).toThrow('the digest of To');
    expect(() => judgeSignedEnvelope(envelope.replace('<SignatureMethod', '<SignatureMethod X="1"'))).toThrow('the signature');
  });

  it('is never the same twice', async () => {
    const [one, two] = await Promise.all([1, 2].map(async () => await signedRequest(requestTo('13', 'sha1'), card, 'direct')));
    const id = (envelope = '') => /urn:uuid:([0-9a-f-]{36})/.exec(envelope)?.[1];
    expect(id(one)).toBeDefined();
    expect(id(one)).not.toBe(id(two));
  });

  it('cannot be made with an EC card, which is told why', async () => {
    const error = await failure(signedRequest(requestTo('13', 'sha1'), softwareIdentity(issuer, { kind: 'p256' }), 'direct'));
    expect(error).toMatchObject({ code: 'CARD_UNSUPPORTED', hint: expect.stringContaining('--method passive') });
    expect(error.message).toContain('not an RSA key');
  });
});
