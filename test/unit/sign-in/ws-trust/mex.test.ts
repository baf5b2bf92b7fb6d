/** What the metadata of AD FS offers, and what is not believed of it. */
import { describe, expect, it } from 'vitest';
import { LyncauthError } from '../../../../src/errors.js';
import { parseOffer, readOffer } from '../../../../src/sign-in/ws-trust/mex.js';
import { failure } from '../../../support/failure.js';
import { metadata, pretendService, STS } from '../../../support/ws-trust-service.js';

const stsUrl = new URL(`${STS}/adfs/ls/?wa=wsignin1.0`);
const MEX = '/adfs/services/trust/mex';

function names(offered: readonly { kind: string; version: string; url: URL }[]): string[] {
  return offered.map(({ kind, version, url }) => `${version}/${kind} at ${url.host}`);
}

describe('the metadata of AD FS', () => {
  it('names the endpoints that are for us, the newest first', () => {
    const { endpoints, foreign } = parseOffer(
      metadata([
        { path: '2005/usernamemixed' },
        { path: '2005/certificatetransport', origin: `${STS}:49443` },
        { path: '13/UserNameMixed' },
        { path: '13/issuedtokenmixedasymmetricbasic256' },
        { path: '2005/windowstransport' },
        { path: '13/certificatemixed' },
      ]),
      stsUrl,
    );
    expect(names(endpoints)).toEqual([
      '13/usernamemixed at sts.lab.test',
      '13/certificatemixed at sts.lab.test',
      '2005/usernamemixed at sts.lab.test',
      '2005/certificatetransport at sts.lab.test:49443',
    ]);
    expect(foreign).toEqual([]);
  });

  it.each([
    ['Basic256', 'sha1'],
    ['Basic128Rsa15', 'sha1'],
    ['TripleDes', 'sha1'],
    ['Basic256Sha256', 'sha256'],
    ['Basic256Sha256Rsa15', 'sha256'],
    ['SomethingNew', 'sha1'],
  ])('says with the suite %s which hash signatures take: %s', (suite, hash) => {
    const { endpoints } = parseOffer(metadata([{ path: '2005/usernamemixed' }, { path: '13/certificatemixed', suite }]), stsUrl);
    expect(endpoints[0]).toMatchObject({ kind: 'certificatemixed', hash });
    expect(endpoints[1]?.hash).toBe('sha1');
  });

  it.each([
    ['another host', '13/certificatemixed', 'https://evil.test'],
    ['a host below that of the service', '13/certificatemixed', 'https://x.sts.lab.test'],
    ['a host that begins like it', '13/usernamemixed', 'https://sts.lab.test.evil.test'],
    ['no https', '13/usernamemixed', 'http://sts.lab.test'],
    ['another host for the card in TLS', '2005/certificatetransport', 'https://evil.test:49443'],
    ['the certauth name for a password', '13/usernamemixed', 'https://certauth.sts.lab.test'],
  ])('does not make us use an endpoint at %s', (_, path, origin) => {
    const { endpoints, foreign } = parseOffer(metadata([{ path, origin }]), stsUrl);
    expect(endpoints).toEqual([]);
    expect(foreign).toHaveLength(1);
  });

  it('does not make us show a card where the sign-in page is: that port asks for certificates of devices', () => {
    expect(parseOffer(metadata([{ path: '2005/certificatetransport' }]), stsUrl)).toEqual({ endpoints: [], foreign: [] });
  });

  it('may name the certauth host for the card in TLS', () => {
    const { endpoints } = parseOffer(metadata([{ path: '2005/certificatetransport', origin: 'https://certauth.sts.lab.test' }]), stsUrl);
    expect(names(endpoints)).toEqual(['2005/certificatetransport at certauth.sts.lab.test']);
  });

  it('does not count addresses that are none', () => {
    const text = metadata([
      { path: '13/certificatemixed', origin: 'not an address' },
      { path: '13/certificatemixed', origin: 'https://user@sts.lab.test' },
    ]);
    expect(parseOffer(text, stsUrl)).toEqual({ endpoints: [], foreign: [] });
  });

  it('is asked from the host of the sign-in service, once that is trusted', async () => {
    const service = pretendService({ [MEX]: () => ({ status: 200, body: metadata([{ path: '13/certificatemixed' }]) }) });
    expect(names((await readOffer(service.input, stsUrl)).endpoints)).toEqual(['13/certificatemixed at sts.lab.test']);
    expect(service.sent.map(({ url }) => url.href)).toEqual([`${STS}${MEX}`]);

    const trust = {
      assertTrusted: async () => {
        throw new LyncauthError('DOMAIN_UNTRUSTED', 'no');
      },
    };
    const stranger = pretendService({}, { trust });
    expect((await failure(readOffer(stranger.input, stsUrl))).code).toBe('DOMAIN_UNTRUSTED');
    expect(stranger.sent).toEqual([]);
  });

  it.each([
    [404, 'METHOD_NOT_OFFERED'],
    [503, 'METHOD_NOT_OFFERED'],
    [302, 'METHOD_NOT_OFFERED'],
    [500, 'SERVER_ERROR'],
  ])('that is not there (%i) is told', async (status, code) => {
    const service = pretendService({ [MEX]: () => ({ status, headers: { location: 'https://evil.test/' } }) });
    const error = await failure(readOffer(service.input, stsUrl));
    expect(error.code).toBe(code);
    expect(error.message).toContain(`it answered ${status}`);
    expect(service.sent).toHaveLength(1);
  });

  it('is refused when it is hostile', () => {
    const bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>';
    expect(() => parseOffer(bomb, stsUrl)).toThrow(expect.objectContaining({ code: 'SERVER_ERROR' }));
    expect(() => parseOffer('<a>'.repeat(100_000), stsUrl)).toThrow(expect.objectContaining({ code: 'SERVER_ERROR' }));
  });
});
