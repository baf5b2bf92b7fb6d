/** Passive sign-in at the practice organisation's AD FS, walked by hand over real TLS. */
import { beforeEach, describe, expect, it } from 'vitest';
import { readRoot } from '../../../../src/lab/authority-files.js';
import { verifySecurityToken } from '../../../../src/lab/security-token.js';
import { createAuthority } from '../../../support/loopback-https.js';
import { usePracticeHosts } from '../../../support/practice-hosts.js';
import { softwareIdentity } from '../../../support/software-identity.js';
import { type Page, startWalk, type Walk } from './walk.js';

const hosts = usePracticeHosts();
let walk: Walk;

beforeEach(() => {
  walk = startWalk(hosts, hosts.card());
});

function again(identity?: Parameters<typeof startWalk>[1]): Walk {
  walk = startWalk(hosts, identity);
  return walk;
}

/** The claims of the token in the page, verified as the pool does. */
async function claimsOf(page: Page) {
  const rules = { audience: `${hosts.pool.origin}/PassiveAuth`, now: new Date(), seen: new Set<string>() };
  return verifySecurityToken(page.form('wresult')?.fields.get('wresult') ?? '', await hosts.federation(), rules);
}

/** What AD FS's ordinary host saw of certificates in this walk. */
function shownWhereNotWanted(since: number) {
  return hosts
    .log()
    .slice(since)
    .filter((entry) => entry.event === 'http' && entry.host === 'sts' && entry.certificate !== undefined);
}

const ALICE = { sid: 'S-1-5-21-1111111111-2222222222-3333333333-1105', upn: 'alice@lab.test', authenticationMethod: 'urn:ietf:rfc:2246' };

describe('a sign-in with a card', () => {
  it.each([
    [[]],
    [['adfs=2012r2']],
    [['adfs=2016']],
    [['adfs=2019']],
    [['tls=1.2']],
    [['tls=1.3']],
    [['tls=no-pss']],
    [['ca-hints=other']],
    [['ca-hints=empty']],
    [['ca-hints=huge']],
    [['cookie-chunks=5']],
    [['device-ask']],
    [['adfs-theme=extra-fields']],
    [['adfs-theme=reordered', 'adfs=2016']],
    [['adfs-theme=single-quotes']],
    [['adfs-theme=translated']],
  ])('ends in a token with %j', async (faults) => {
    hosts.faults(faults);
    const since = hosts.log().length;
    const page = await walk.toToken();

    expect(page.forms.map(({ name }) => name)).toEqual(['hiddenform']);
    expect(page.form('wresult')?.action.href).toBe(`${hosts.pool.origin}/PassiveAuth/PassiveAuth.aspx`);
    expect(page.form('wresult')?.fields.get('wctx')).toBe('rm=0&id=passive&ru=%2fPassiveAuth');
    expect(await claimsOf(page)).toMatchObject(ALICE);
    expect(shownWhereNotWanted(since)).toEqual([]);
  });

  it('puts the subject of the certificate into the log, and no query', async () => {
    const since = hosts.log().length;
    await walk.toToken();
    const entries = hosts.log().slice(since);

    expect(entries.filter((entry) => entry.event === 'http' && entry.certificate !== undefined)).toMatchObject([
      {
        host: 'certificate',
        method: 'POST',
        path: '/adfs/ls/',
        account: 'LAB\\alice',
        tlsVersion: 'TLSv1.3',
        certificate: expect.stringContaining('CN=Alice Example'),
      },
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/wctx|MSISAuth/);
  });

  it('works with an RSA key, and by UPN alone', async () => {
    again(softwareIdentity(readRoot(hosts.dir), { kind: 'rsa2048', upn: 'bob@lab.test' }));
    expect(await claimsOf(await walk.toToken())).toMatchObject({ upn: 'bob@lab.test' });
  });

  it('goes on by HTTP 307 where the form leads to the ordinary host', async () => {
    hosts.faults(['certificate-by-redirect']);
    const page = await walk.get(walk.start);
    const options = page.forms.find(({ id }) => id === 'options');
    const certificate = (
      await walk.post(options?.action as URL, options?.fields.set('AuthMethod', 'CertificateAuthentication') ?? [])
    ).form('RetrieveCertificate');
    expect(certificate?.action.host).toBe(hosts.sts.host);

    const hop = await walk.post(certificate?.action as URL, certificate?.fields ?? []);
    expect([hop.status, new URL(String(hop.headers.location)).host]).toEqual([307, hosts.certificateHost.host]);
    const back = await walk.post(new URL(String(hop.headers.location)), certificate?.fields ?? []);
    expect(await claimsOf(await walk.follow(back))).toMatchObject(ALICE);
  });

  it('takes the pair of fields at the certificate host without any page before', async () => {
    const url = new URL(walk.start.pathname + walk.start.search, hosts.certificateHost);
    const back = await walk.post(url, PAIR);
    expect(back.status).toBe(302);
  });

  it('gets the token at once with direct-token', async () => {
    hosts.faults(['direct-token']);
    const url = new URL(walk.start.pathname + walk.start.search, hosts.certificateHost);
    expect(await claimsOf(await walk.post(url, PAIR))).toMatchObject(ALICE);
  });

  it('goes to sslclient at AD FS 2.0, and only there may a certificate be shown', async () => {
    hosts.faults(['adfs=2.0']);
    const page = await walk.follow(await walk.get(walk.start));

    expect(page.url.pathname).toBe('/adfs/ls/auth/sslclient/');
    expect(await claimsOf(page)).toMatchObject(ALICE);
  });

  it('is not asked again while AD FS remembers, and asked for the sixth token is told of a loop', async () => {
    await walk.toToken();
    for (let token = 2; token <= 5; token += 1) expect(await claimsOf(await walk.get(walk.start))).toMatchObject(ALICE);

    expect((await walk.get(walk.start)).text).toContain('MSIS7042');
  });

  it('is asked again after sign-out, after no-sso, and where a fresh sign-in is wanted', async () => {
    await walk.toToken();
    const fresh = new URL(walk.start);
    fresh.searchParams.set('wfresh', '0');
    expect((await walk.get(fresh)).form('wresult')).toBeUndefined();

    const out = await walk.get(new URL('/adfs/ls/?wa=wsignout1.0', hosts.sts));
    expect(out.text).toContain(`src="${hosts.pool.origin}/PassiveAuth/PassiveAuth.aspx?wa=wsignoutcleanup1.0"`);
    expect([...walk.cookies.keys()].filter((name) => name.startsWith('MSISAuth'))).toEqual([]);
    expect((await walk.get(walk.start)).form('wresult')).toBeUndefined();

    hosts.faults(['no-sso']);
    await walk.toToken();
    expect((await walk.get(walk.start)).form('wresult')).toBeUndefined();
  });
});

const PAIR: [string, string][] = [
  ['AuthMethod', 'CertificateAuthentication'],
  ['RetrieveCertificate', '1'],
];

describe('AD FS refuses', () => {
  const judged = async (identity?: Parameters<typeof startWalk>[1]) =>
    await again(identity).post(new URL(walk.start.pathname + walk.start.search, hosts.certificateHost), PAIR);
  const errorOf = (page: Page): string => /id="error(?:Message|Text)"[^>]*>([^<]*)/.exec(page.text)?.[1] ?? '';

  it.each([
    ['no certificate', () => undefined, 'no certificate'],
    ['one of another CA', () => softwareIdentity(createAuthority().issuer), 'the certificate is of an unknown issuer'],
    [
      'one for other purposes',
      () => hosts.card('alice', { extendedKeyUsage: ['1.3.6.1.5.5.7.3.4'] }),
      'the certificate is for other purposes',
    ],
  ])('%s, with one page for all of them', async (_, identity, note) => {
    const shown = identity();
    const page = await judged(shown);

    expect([page.status, page.forms]).toEqual([200, []]);
    expect(errorOf(page)).toContain('without a certificate');
    expect(hosts.log().at(-1)).toMatchObject({ host: 'certificate', note });
  });

  it('a certificate that is nobody’s by showing the first page again', async () => {
    const page = await judged(hosts.card(null));

    expect(page.form('Password')).toBeDefined();
    expect(hosts.log().at(-1)).toMatchObject({ note: 'no account for a certificate without a UPN' });
  });

  it('any certificate at its ordinary host while devices are asked there', async () => {
    hosts.faults(['device-ask']);
    const elsewhere = startWalk({ ...hosts, certificateHost: hosts.sts }, hosts.card());
    const page = await elsewhere.get(walk.start);

    expect(page.status).toBe(403);
    expect(hosts.log().at(-1)).toMatchObject({
      host: 'sts',
      certificate: expect.stringContaining('Alice'),
      note: expect.stringContaining('must not see'),
    });
  });

  it.each([
    ['wa', 'nonsense', 'MSIS7000'],
    ['wct', 'yesterday', 'MSIS7000'],
    ['wtrealm', 'https://other.invalid/', 'MSIS7007'],
    ['wauth', 'urn:nonsense', 'MSIS7102'],
  ])('a request whose %s is %s (%s %s)', async (name, value, code) => {
    const url = new URL(walk.start);
    url.searchParams.set(name, value);
    expect((await walk.get(url)).text).toMatch(new RegExp(`Activity ID: [0-9a-f-]{36}[\\s\\S]*${code}`));
  });

  it.each([
    ['no-certificate', 200, /errorMessage/],
    ['204', 204, /^$/],
    ['untrusted-ca', 204, /^$/],
    ['mfa', 200, /AzureMfaAuthentication/],
    ['msis7102', 200, /MSIS7102/],
  ])('with adfs-fail=%s', async (value, status, content) => {
    hosts.faults([`adfs-fail=${value}`]);
    const page = await judged(hosts.card());
    expect([page.status, page.text]).toEqual([status, expect.stringMatching(content)]);
  });

  it('with adfs-fail=msis7042 in the place of the token', async () => {
    hosts.faults(['adfs-fail=msis7042']);
    expect((await walk.toToken()).text).toContain('MSIS7042');
  });

  it('with adfs-fail=reset before anything is said', async () => {
    hosts.faults(['adfs-fail=reset']);
    await expect(judged(hosts.card())).rejects.toMatchObject({ code: 'NETWORK' });
  });

  it('with no-sid to tell the pool who it is', async () => {
    hosts.faults(['no-sid']);
    expect(await claimsOf(await walk.toToken())).not.toHaveProperty('sid');
  });

  it('a form that lost the field of its theme', async () => {
    hosts.faults(['adfs-theme=extra-fields']);
    expect((await judged(hosts.card())).text).toContain('MSIS7012');
  });
});

describe('other methods', () => {
  it('leads to the certificate page at once when nothing else is allowed', async () => {
    hosts.faults(['methods=certificate']);
    expect((await walk.get(walk.start)).form('RetrieveCertificate')?.action.host).toBe(hosts.certificateHost.host);
  });

  it('does not mention certificates when only passwords are allowed', async () => {
    hosts.faults(['methods=password']);
    expect((await walk.get(walk.start)).text).not.toContain('CertificateAuthentication');
  });

  it('leads to a Negotiate challenge when Windows is to prove it', async () => {
    hosts.faults(['methods=windows']);
    const page = await walk.follow(await walk.get(walk.start));
    expect([page.status, page.headers['www-authenticate']]).toEqual([401, 'Negotiate, NTLM']);
  });

  it('takes a password in the form, and says when it is wrong', async () => {
    const fields = { UserName: 'LAB\\alice', AuthMethod: 'FormsAuthentication' };
    const wrong = await walk.post(walk.start, Object.entries({ ...fields, Password: 'wrong' }));
    expect(wrong.text).toMatch(/id="errorText"[^>]*>The user name/);

    const right = await walk.post(walk.start, Object.entries({ ...fields, Password: 'Practice-alice-46' }));
    expect(await claimsOf(await walk.follow(right))).toMatchObject({ authenticationMethod: 'urn:oasis:names:tc:SAML:1.0:am:password' });
  });
});

it('the federation metadata names issuer, address and certificate', async () => {
  const { text } = await walk.get(new URL('/FederationMetadata/2007-06/FederationMetadata.xml', hosts.sts));
  expect(text).toContain('entityID="http');
  const { signing } = await hosts.federation();
  expect(text.replace('&#58;', ':')).toContain(hosts.sts.host);
  expect(text).toContain(Buffer.from(signing.certificate).toString('base64'));
});
