/** What a trace shows of requests and answers: enough to help, and no ticket. */
import { expect, test } from 'vitest';
import { logExchange, loggedUrl, traceHeaders } from '../../../src/http/exchange-log.js';
import { findSecrets } from '../../support/needles.js';

const TICKET = 'cwt=AAEBHAEFAAAAAAAFFQAAAHgtT3LVbzz3';

function traced(headers: Record<string, string | string[]>): string[] {
  const lines: string[] = [];
  traceHeaders({ verbose: () => {}, trace: (text) => lines.push(text) }, '<', headers);
  return lines;
}

test('of a query only the names of its parameters are shown', () => {
  const url = 'https://sts.lab.test/adfs/ls/?wa=wsignin1.0&wtrealm=https%3A%2F%2Fpool.lab.test%2F&wctx=WsFedOwinState%3Dabc&code=1234&bare';
  expect(loggedUrl(new URL(url))).toBe('https://sts.lab.test/adfs/ls/?wa=wsignin1.0&wtrealm=***&wctx=***&code=***&***');
});

test("a CA's request stays readable", () => {
  expect(loggedUrl(new URL('https://ca.lab.test/certsrv/certnew.cer?ReqID=83&Enc=b64'))).toContain('?ReqID=83&Enc=b64');
});

test('a parameter that one looks for is hidden when it holds more than a word', () => {
  expect(loggedUrl(new URL(`https://a.test/?wa=${encodeURIComponent(TICKET)}&ReqID=${'1'.repeat(20)}`))).toBe(
    'https://a.test/?wa=***&ReqID=***',
  );
});

test('user name, password and fragment of an address are not shown', () => {
  expect(loggedUrl(new URL('https://alice:hunter22@a.test/p#access_token=abc'))).toBe('https://a.test/p');
});

test.each([
  ['Location', `https://sts.lab.test/adfs/ls/?wresult=${encodeURIComponent(`<t:Request>${TICKET}</t:Request>`)}&wctx=${TICKET}`],
  ['Location', `/adfs/ls/?wresult=<t:Request>${TICKET}</t:Request>`],
  ['location', `https://a.test/p#access_token=${TICKET}&state=1`],
  ['location', `https://a.test/p?x=1#${TICKET}`],
  ['location', `https://user:${TICKET}@a.test/`],
  ['Refresh', `0; url=https://a.test/?token="${TICKET}"`],
  ['Link', `<https://a.test/?t=${TICKET}>; rel=next, <https://b.test/?t=${TICKET}>; rel=last`],
  ['Referer', `https://a.test/?${TICKET}`],
  ['Cookie', `MSISAuth=${TICKET}`],
  ['Set-Cookie', `MSISAuth=${TICKET}; Path=/`],
  ['Authorization', `Bearer ${TICKET}`],
  ['Proxy-Authorization', `Basic ${TICKET}`],
  ['X-MS-WebTicket', TICKET],
  ['X-MS-WebTicketURL', `https://pool.lab.test/WebTicket/WebTicketService.svc?ticket=${TICKET}`],
  ['X-Ms-Authorization-Token', TICKET],
  ['WWW-Authenticate', `Negotiate ${Buffer.from(TICKET).toString('base64')}`],
  ['WWW-Authenticate', `NTLM ${Buffer.from(TICKET).toString('base64')}`],
])('%s: %s shows no ticket', (name, value) => {
  const lines = traced({ [name]: value });
  expect(lines).toHaveLength(1);
  expect(findSecrets([TICKET, 'AAEBHAEFAAAAAAAFFQAAAHgtT3LVbzz3'], { log: lines.join('\n') })).toEqual([]);
  expect(lines[0]).toContain('***');
});

test('several values of a header are hidden as one', () => {
  expect(traced({ 'set-cookie': [`a=${TICKET}`, `b=${TICKET}`] })).toEqual(['< set-cookie: ***']);
});

test('what helps to find an error is shown as it is', () => {
  const headers = {
    location: 'https://sts.lab.test:49443/adfs/ls/',
    'www-authenticate': 'MsRtcOAuth href="https://pool.lab.test/WebTicket/oauthtoken",grant_type="urn:microsoft.rtc:passive"',
    'x-ms-diagnostics': '28020;source="pool.lab.test";reason="No valid security token."',
    'x-ms-webticketurl': 'https://pool.lab.test/WebTicket/WebTicketService.svc',
    'x-ms-webticketsupported': 'cwt,saml',
    date: 'Mon, 05 Jan 2026 10:00:00 GMT',
  };
  expect(traced(headers)).toEqual(Object.entries(headers).map(([name, value]) => `< ${name}: ${value}`));
});

test('a hostile header of a megabyte takes no time', () => {
  for (const unit of ['?', '#', '&', '//', '@', 'NTLM ', '=']) {
    const started = performance.now();
    traced({ location: unit.repeat(1_000_000 / unit.length) });
    expect(performance.now() - started).toBeLessThan(5000);
  }
});

test('the line of an exchange names method, address, outcome and time', () => {
  const lines: string[] = [];
  const log = { verbose: (text: string) => lines.push(text), trace: () => {} };
  logExchange(log, 'GET', new URL('https://a.test/p?x=secret'), '200 5 bytes', performance.now());
  expect(lines).toEqual([expect.stringMatching(/^GET https:\/\/a\.test\/p\?x=\*\*\* 200 5 bytes \d+ ms$/)]);
});
