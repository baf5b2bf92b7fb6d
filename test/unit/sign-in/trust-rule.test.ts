/** Which servers may see a sign-in: those of the address's domain, and those that somebody vouches for. */
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../../src/sign-in/address.js';
import { createTrustRule, type TrustOptions } from '../../../src/sign-in/trust-rule.js';
import { failure } from '../../support/failure.js';

const alice = parseAddress('alice@lab.test');
const rule = (options: Partial<TrustOptions> = {}) => createTrustRule(alice, { trustDomains: [], ...options });
const WHAT = 'the web ticket service';

describe('without anybody to ask', () => {
  test.each(['https://lab.test/', 'https://pool.lab.test:4443/x', 'https://a.b.LAB.TEST/', 'https://pool.lab.test./'])(
    '%s is trusted',
    async (url) => {
      await expect(rule().assertTrusted(new URL(url), WHAT)).resolves.toBeUndefined();
    },
  );

  test.each([
    'https://evil-lab.test/',
    'https://evillab.test/',
    'https://lab.test.evil.test/',
    'https://lab.tes/',
    'https://test/',
    'https://lаb.test/',
    'https://127.0.0.1/lab.test',
    'https://[::1]/',
    'https://evil.test/?x=lab.test',
    'https://evil.test/#.lab.test',
  ])('%s is not', async (url) => {
    const error = await failure(rule().assertTrusted(new URL(url), WHAT));
    expect(error).toMatchObject({ code: 'DOMAIN_UNTRUSTED', message: expect.stringContaining('the web ticket service is at ') });
    expect(error.hint).toContain(`--trust-domain ${error.details.host}`);
  });

  test.each(['http://pool.lab.test/', 'https://alice:x@pool.lab.test/', 'ws://pool.lab.test/'])(
    '%s is not, whatever its domain',
    async (url) => {
      const ask = async () => true;
      expect(await failure(rule({ trustDomains: ['lab.test'], confirm: ask }).assertTrusted(new URL(url), WHAT))).toMatchObject({
        code: 'DOMAIN_UNTRUSTED',
      });
    },
  );
});

describe('a domain named by a person', () => {
  test.each([
    ['fabrikam.example', 'https://pool.fabrikam.example/', true],
    ['*.fabrikam.example', 'https://fabrikam.example/', true],
    ['.Fabrikam.Example.', 'https://a.b.fabrikam.example/', true],
    ['fabrikam.example', 'https://evil-fabrikam.example/', false],
    ['bücher.example', 'https://sts.xn--bcher-kva.example/', true],
    ['localhost', 'https://localhost:4443/', true],
    ['localhost', 'https://certauth.sts.localhost/', true],
    ['intranet', 'https://intranet/', true],
    ['intranet', 'https://evil.intranet/', false],
    ['com', 'https://evil.com/', false],
    ['10.1.2.3', 'https://10.1.2.3/', true],
    ['10.1.2.3', 'https://9.10.1.2.3.example/', false],
    ['[::1]', 'https://[::1]:4443/', true],
  ])('%s: %s is trusted: %s', async (domain, url, trusted) => {
    const outcome = await rule({ trustDomains: [domain] })
      .assertTrusted(new URL(url), WHAT)
      .then(
        () => true,
        () => false,
      );
    expect(outcome).toBe(trusted);
  });

  test.each(['', '*', 'https://fabrikam.example', 'fabrikam.example:443', 'a b', '*.*.example'])('%j is none', (domain) => {
    expect(() => rule({ trustDomains: [domain] })).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

describe('the server named by hand', () => {
  const own = () => rule({ server: new URL('https://pool.fabrikam.example:4443/x') });

  test('is trusted by its host, on any port', async () => {
    await own().assertTrusted(new URL('https://POOL.fabrikam.example/'), WHAT);
  });

  test('vouches for no other host, not even one below it', async () => {
    for (const url of ['https://fabrikam.example/', 'https://x.pool.fabrikam.example/', 'https://evilpool.fabrikam.example/']) {
      expect(await failure(own().assertTrusted(new URL(url), WHAT))).toMatchObject({ code: 'DOMAIN_UNTRUSTED' });
    }
  });
});

test('a host that a person once vouched for stands for itself: nobody was asked about others', async () => {
  const remembered = rule({ trustHosts: ['pool.fabrikam.example'] });
  await remembered.assertTrusted(new URL('https://pool.fabrikam.example:8443/'), WHAT);
  for (const host of ['x.pool.fabrikam.example', 'fabrikam.example', 'sts.fabrikam.example']) {
    expect(await failure(remembered.assertTrusted(new URL(`https://${host}/`), WHAT))).toMatchObject({ code: 'DOMAIN_UNTRUSTED' });
  }
});

describe('a person at a terminal', () => {
  test('is asked once for each host, by name, and believed', async () => {
    const asked: string[] = [];
    const confirm = async (host: string, what: string) => {
      asked.push(`${host}: ${what}`);
      return host === 'sts.fabrikam.example';
    };
    const own = rule({ confirm });
    await own.assertTrusted(new URL('https://pool.lab.test/'), WHAT);
    await own.assertTrusted(new URL('https://sts.fabrikam.example/adfs'), 'the sign-in service');
    await own.assertTrusted(new URL('https://STS.fabrikam.example:49443/'), 'the certificate page');
    for (let round = 0; round < 2; round += 1) {
      expect(await failure(own.assertTrusted(new URL('https://x.sts.fabrikam.example/'), WHAT))).toMatchObject({
        code: 'DOMAIN_UNTRUSTED',
      });
    }
    expect(asked).toEqual(['sts.fabrikam.example: the sign-in service', 'x.sts.fabrikam.example: the web ticket service']);
  });
});
