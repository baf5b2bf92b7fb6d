/** Finding the pool of an address among servers that answer, redirect, hang, or are something else. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createHttpClient } from '../../../src/http/client.js';
import { requestPlainly } from '../../../src/http/plain.js';
import { parseAddress } from '../../../src/sign-in/address.js';
import { type DiscoverOptions, discover, discoveryOrigins } from '../../../src/sign-in/discovery.js';
import { inLimitedTime } from '../../../src/sign-in/time-limit.js';
import { failure } from '../../support/failure.js';
import { listen } from '../../support/loopback-https.js';
import { createPoolServers, type PoolServers, type ScriptedServer } from '../../support/pool-server.js';

const alice = parseAddress('alice@lab.test');
const USER = 'https://web.lab.test/Autodiscover/AutodiscoverService.svc/root/oauth/user?originalDomain=lab.test';
const json = (links: Record<string, unknown>) => ({ headers: { 'Content-Type': 'application/json' }, body: { _links: links } });
const xml = (inner: string, attributes = 'AccessLocation="External"') => ({
  headers: { 'Content-Type': 'application/vnd.microsoft.rtc.autodiscover+xml; v=1' },
  body: `\ufeff<?xml version="1.0" encoding="utf-8"?><AutodiscoverResponse xmlns="urn:x" ${attributes}>${inner}</AutodiscoverResponse>`,
});

let servers: PoolServers;
let first: ScriptedServer;
let second: ScriptedServer;

beforeEach(async () => {
  servers = createPoolServers();
  first = await servers.https();
  second = await servers.https();
});

afterEach(() => servers.close());

const at =
  (...origins: string[]) =>
  () =>
    origins.map((origin) => new URL(origin));
const find = (options: Partial<DiscoverOptions> = {}) =>
  discover(alice, { http: servers.http, plain: servers.plain, origins: at(first.url, second.url), ...options });

test('the names are those of Lync: internal before external, https before http', () => {
  expect(discoveryOrigins('lab.test').map(String)).toEqual([
    'https://lyncdiscoverinternal.lab.test/',
    'http://lyncdiscoverinternal.lab.test/',
    'https://lyncdiscover.lab.test/',
    'http://lyncdiscover.lab.test/',
  ]);
});

describe('what a discovery service says', () => {
  test('in JSON: the user link', async () => {
    first.on('GET /', json({ self: { href: '/' }, user: { href: USER }, xframe: { href: '/xframe' } }));
    expect(await find()).toEqual({ userUrl: new URL(USER), accessLocation: undefined, via: [first.url] });
    expect(second.seen).toEqual([]);
  });

  test('in XML: the OAuth link before the User link, names in any case, and where the pool sees us', async () => {
    first.on(
      'GET /',
      xml(
        `<Root><Link token="User" href="https://web.lab.test/root/user"/><Link Token="oauth" HREF=" ${USER.replace('&', '&amp;')} "/></Root>`,
      ),
    );
    expect(await find()).toMatchObject({ userUrl: new URL(USER), accessLocation: 'external' });
  });

  test('in XML of an older pool: the User link', async () => {
    first.on(
      'GET /',
      xml('<Root><Link token="Domain" href="/d"/><Link token="User" href="/root/user"/></Root>', 'AccessLocation="Internal"'),
    );
    expect(await find()).toMatchObject({ userUrl: new URL('/root/user', first.url), accessLocation: 'internal' });
  });

  test('it is asked for both forms, told whom it is about, and sent no credential', async () => {
    first.on('GET /', json({ user: { href: USER } }));
    await find();
    const [{ path, headers }] = first.seen as [(typeof first.seen)[0]];
    expect(path).toBe('/?sipuri=alice%40lab.test');
    expect(headers.accept).toBe('application/json, application/vnd.microsoft.rtc.autodiscover+xml;v=1;q=0.9');
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).not.toHaveProperty('cookie');
  });
});

describe('the way', () => {
  test('goes through redirects of HTTP and redirect links, to http and back', async () => {
    const plain = await servers.plainHttp();
    first.on('GET /', { status: 302, headers: { Location: `${plain.url}/a?b=c` } });
    plain.on('GET /a', json({ redirect: { href: `${second.url}/next?originalDomain=lab.test` } }));
    second.on('GET /next', xml('<Root><Link token="Redirect" href="/root"/></Root>'));
    second.on('GET /root', json({ user: { href: USER } }));
    expect(await find({ origins: at(first.url) })).toMatchObject({
      userUrl: new URL(USER),
      via: [first.url, plain.url, second.url, second.url],
    });
    expect(plain.seen[0]?.path).toBe('/a?b=c');
    expect(second.seen[0]?.path).toBe('/next?originalDomain=lab.test&sipuri=alice%40lab.test');
  });

  test('goes on to the next server when one does not serve', async () => {
    first.on('GET /', { status: 503, body: 'x' });
    second.on('GET /', json({ user: { href: USER } }));
    expect(await find()).toMatchObject({ via: [second.url] });
  });

  test('does not wait for a server that takes its time, and leaves it then', async () => {
    const silent = createServer();
    const left = once(silent, 'connection').then(async ([socket]: Socket[]) => socket && (await once(socket.resume(), 'close')));
    const port = await listen(silent);
    second.on('GET /', json({ user: { href: USER } }));
    expect(await find({ origins: at(`http://127.0.0.1:${port}`, second.url) })).toMatchObject({ via: [second.url] });
    await left;
    silent.close();
  });

  test('over http gives away no address', async () => {
    const plain = await servers.plainHttp();
    plain.on('GET /', json({ user: { href: USER } }));
    expect(await find({ origins: at(plain.url) })).toMatchObject({ via: [plain.url] });
    expect(plain.seen).toMatchObject([{ path: '/' }]);
  });

  test('ends in a circle, said so', async () => {
    first.on('GET /', { status: 301, headers: { Location: second.url } });
    second.on('GET /', json({ redirect: { href: first.url } }));
    expect(await failure(find({ origins: at(first.url) }))).toMatchObject({
      code: 'DISCOVERY_FAILED',
      message: expect.stringContaining('redirects in a circle'),
    });
    expect(first.seen).toHaveLength(1);
  });

  test('to a name that does not exist says who led there, and http is asked all the same', async () => {
    const plain = await servers.plainHttp();
    first.on('GET /', { status: 302, headers: { Location: 'https://pool.elsewhere.invalid/' } });
    const { details } = await failure(find({ origins: at(first.url, plain.url) }));
    const reason = expect.stringMatching(/^localhost:\d+ sends us on, and the name pool\.elsewhere\.invalid cannot be found$/);
    expect(details.tried).toMatchObject([{ code: 'NETWORK', reason }, { code: 'DISCOVERY_FAILED' }]);
    expect(plain.seen).toHaveLength(1);
  });

  test('is at most five redirects long', async () => {
    first.on('GET /', () => ({ status: 302, headers: { Location: `/?n=${first.seen.length}` } }));
    expect(await failure(find({ origins: at(first.url) }))).toMatchObject({
      message: expect.stringContaining('redirects more than 5 times'),
    });
    expect(first.seen).toHaveLength(6);
  });

  test('leads to the web only', async () => {
    for (const href of [
      'file:///etc/passwd',
      'javascript:alert(1)',
      'https://alice:x@lab.test/',
      '',
      ' ',
      'https://',
      'x'.repeat(5000),
      7,
      null,
      ['a'],
      {},
    ]) {
      first.on('GET /', json({ user: { href } }));
      expect(await failure(find({ origins: at(first.url) }))).toMatchObject({
        code: 'DISCOVERY_FAILED',
        message: expect.stringContaining('names no server'),
      });
    }
  });
});

describe('a server named by hand', () => {
  test('is the only one that is asked, at its discovery service', async () => {
    second.on('GET /autodiscover/autodiscoverservice.svc/root', json({ user: { href: USER } }));
    expect(await find({ server: new URL(second.url) })).toMatchObject({ userUrl: new URL(USER), via: [second.url] });
    expect(first.seen).toEqual([]);
  });

  test('may be named by its user resource', async () => {
    const path = '/Autodiscover/AutodiscoverService.svc/root/oauth/user';
    second.on(`GET ${path}`, { status: 401 });
    expect(await find({ server: new URL(path, second.url) })).toMatchObject({ userUrl: new URL(path, second.url) });
  });

  test('fails in its own words', async () => {
    const stranger = createPoolServers();
    const other = await stranger.https();
    expect(await failure(find({ server: new URL(other.url) }))).toMatchObject({
      code: 'TLS_UNTRUSTED',
      hint: expect.stringContaining('--ca-file'),
    });
    expect(await failure(find({ server: new URL(second.url) }))).toMatchObject({
      code: 'DISCOVERY_FAILED',
      message: expect.stringMatching(/^localhost:\d+ answers with status 404, not as a Lync server does$/),
      hint: 'check the address of the pool (--server, LYNCAUTH_SERVER or the setting server)',
    });
    await stranger.close();
  });
});

describe('what is no discovery service', () => {
  const said = async () => await failure(find({ origins: at(first.url) }));

  test.each([
    ['a web page', { body: '<!DOCTYPE html><html><body>Welcome!</body></html>' }, 'answers with a web page'],
    [
      'a web page in disguise',
      { headers: { 'Content-Type': 'application/json' }, body: '\ufeff<!-- x -->\n<HTML>' },
      'answers with a web page',
    ],
    ['XHTML', { body: '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">\n<html/>' }, 'answers with a web page'],
    ['text', { body: 'hello' }, 'answers, but not as a Lync server does'],
    ['nothing', { body: '' }, 'answers, but not as a Lync server does'],
    ['a list', { body: '[{"_links":1}]x' }, 'answers, but not as a Lync server does'],
    ['JSON of another kind', { body: '{"_links":[]}' }, 'names no server for the user'],
    [
      'JSON with a poisoned shape',
      { body: '{"__proto__":{"_links":{"user":{"href":"https://evil.test/"}}}}' },
      'names no server for the user',
    ],
    ['very deep JSON', { body: '['.repeat(200_000) }, 'answers, but not as a Lync server does'],
    ['XML of another kind', { body: '<Autodiscover/>' }, 'answers in XML, but not as a Lync server does'],
    [
      'an entity bomb',
      { body: '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><AutodiscoverResponse>&b;</AutodiscoverResponse>' },
      'declares a document type',
    ],
    ['very deep XML', { body: `${'<AutodiscoverResponse>'.repeat(10_000)}` }, 'XML that cannot be accepted'],
    [
      'too many references',
      { body: `<AutodiscoverResponse>${'&#65;'.repeat(50_000)}</AutodiscoverResponse>` },
      'XML that cannot be accepted',
    ],
    ['a logon', { status: 401, headers: { 'WWW-Authenticate': 'Basic realm="x"' } }, 'answers with status 401'],
    ['a huge body', { body: Buffer.alloc(2 * 1024 * 1024, 0x20) }, 'larger than 256 KiB'],
  ])('%s is recognised', async (_, answer, expected) => {
    first.on('GET /', answer);
    const error = await said();
    expect(error).toMatchObject({ code: 'DISCOVERY_FAILED', message: expect.stringContaining(expected) });
    expect(error.message).toMatch(/^no Lync server was found for lab\.test: /);
    expect(error.hint).toContain('--server');
  });

  test('a certificate of somebody else is explained, and http is tried all the same', async () => {
    const foreign = await servers.https(servers.authority.identity({ dnsNames: ['portal.example'], ipAddresses: [] }));
    const plain = await servers.plainHttp();
    expect(await failure(find({ origins: at(foreign.url) }))).toMatchObject({
      code: 'DISCOVERY_FAILED',
      message: expect.stringContaining('is for portal.example, not for localhost'),
      hint: expect.stringContaining('--server'),
    });
    expect(foreign.seen).toEqual([]);
    plain.on('GET /', json({ user: { href: USER } }));
    expect(await find({ origins: at(foreign.url, plain.url) })).toMatchObject({ via: [plain.url] });
  });

  test('names that do not exist are told, each asked once', async () => {
    const error = await failure(find({ origins: undefined }));
    expect(error).toMatchObject({
      code: 'DISCOVERY_FAILED',
      message:
        'no Lync server was found for lab.test: there is nothing by the name of lyncdiscoverinternal.lab.test and lyncdiscover.lab.test',
    });
    expect(error.details.tried).toHaveLength(2);
  });

  test('a proxy whose name is wrong is not taken for a domain without servers', async () => {
    const env = { HTTPS_PROXY: 'http://nosuch.invalid:3128', HTTP_PROXY: 'http://nosuch.invalid:3128' };
    const http = createHttpClient({ env, timeoutMs: 5000 });
    onTestFinished(() => http.close());
    const plain: DiscoverOptions['plain'] = (url) => requestPlainly(url, { env, timeoutMs: 5000, maxBytes: 1024 });
    const error = await failure(find({ http, plain, origins: undefined }));
    expect(error).toMatchObject({
      code: 'DISCOVERY_FAILED',
      message: 'no Lync server was found for lab.test: the name of the proxy nosuch.invalid:3128 cannot be found',
      hint: expect.stringContaining('HTTPS_PROXY'),
    });
    expect(error.details.tried).toHaveLength(4);
  });

  test('when the time of all servers together is used up, that is what is said', async () => {
    const { http, plain } = inLimitedTime(servers, 0);
    expect(await failure(find({ http, plain }))).toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(/^the whole sign-in took longer than /),
      hint: expect.stringContaining('--timeout'),
    });
  });

  test('all that was tried is in the details, and the most telling failure in the message', async () => {
    first.on('GET /', { status: 500 });
    second.on('GET /', { status: 302, headers: { Location: second.url } });
    const error = await failure(find({ origins: at('https://localhost:1/', first.url, second.url) }));
    expect(error.message).toContain('redirects in a circle');
    expect(error.details.tried).toMatchObject([{ code: 'NETWORK' }, { code: 'SERVER_ERROR' }, { code: 'REDIRECT_REFUSED' }]);
  });
});
