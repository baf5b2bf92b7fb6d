/** The card signs in at a pool that is found under its real names, however its domain leads there. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type NamedNetwork, PLACE, startNamedNetwork } from '../../support/named-network.js';
import type { RecordedAnswers } from '../../support/recorder.js';

const ALICE = 'alice@lab.test';
const INTERNAL = 'lyncdiscoverinternal.lab.test';
const EXTERNAL = 'lyncdiscover.lab.test';
const ROOT = 'https://pool.lab.test/Autodiscover/AutodiscoverService.svc/root';
const userLink = { body: { _links: { user: { href: `${ROOT}/oauth/user?originalDomain=lab.test` } } } };
const redirect = (to: string) => ({ status: 302, headers: { Location: to } });
const redirectLink = (to: string) => ({ body: { _links: { redirect: { href: to } } } });
const webPage = { headers: { 'Content-Type': 'text/html' }, body: '<!DOCTYPE html><html><body>Welcome!</body></html>' };

let network: NamedNetwork;
beforeAll(async () => {
  network = await startNamedNetwork();
});
afterAll(() => network?.close());

const signIn = (...args: string[]) => network.run(['sign-in', '--json', '--no-input', ...args]);
/** Which servers led to the pool, as it is remembered for the next time. */
const foundBy = () => network.memory().discovery(ALICE, new Date());

async function expectSignedIn(...args: string[]): Promise<void> {
  const run = await signIn(ALICE, ...args);
  expect(run.json()).toMatchObject({
    ok: true,
    result: { address: ALICE, method: 'passive', server: 'https://pool.lab.test', application: expect.stringContaining('/ucwa/') },
  });
  expect(run.code).toBe(0);
}

async function refusal(...args: string[]) {
  const run = await signIn(ALICE, ...args);
  expect([run.code, run.json().error.code]).toEqual([9, 'DISCOVERY_FAILED']);
  expect(network.lab.card.calls('C_Login')).toEqual([]);
  return run.json().error;
}

describe('the card signs in', () => {
  test('where the internal name leads to the pool, and is not the external one asked', async () => {
    network.begin({ [INTERNAL]: PLACE.pool, [EXTERNAL]: PLACE.front });
    await expectSignedIn();
    expect(foundBy()).toMatchObject({ via: [`https://${INTERNAL}`], accessLocation: 'internal' });
    expect(network.received(PLACE.front)).toEqual([]);
  });

  test('from outside, where only the external name exists', async () => {
    network.begin({ [EXTERNAL]: PLACE.pool }, {}, ['external']);
    await expectSignedIn();
    expect(foundBy()).toMatchObject({ via: [`https://${EXTERNAL}`], accessLocation: 'external' });
  });

  test('where discovery speaks XML only', async () => {
    const xml = `<?xml version="1.0"?><AutodiscoverResponse AccessLocation="External"><Root><Link token="User" href="${ROOT}/user"/></Root></AutodiscoverResponse>`;
    const type = 'application/vnd.microsoft.rtc.autodiscover+xml; v=1';
    network.begin({ [EXTERNAL]: PLACE.front }, { [`https://${EXTERNAL}`]: { headers: { 'Content-Type': type }, body: xml } });
    await expectSignedIn();
    expect(foundBy()?.accessLocation).toBe('external');
  });

  test('where plain HTTP is all that answers, which learns nothing of the user', async () => {
    network.begin({ [EXTERNAL]: PLACE.front }, { [`http://${EXTERNAL}`]: userLink });
    await expectSignedIn();
    const requests = network.received(PLACE.front).filter((each) => each.event === 'request');
    expect(requests.at(-1)).toMatchObject({ request: `GET http://${EXTERNAL}/` });
    expect(Object.keys(requests.at(-1)?.headers ?? {}).sort()).toEqual(['accept', 'accept-encoding', 'connection', 'host', 'user-agent']);
  });

  test('at the end of five redirects, over http, https and links', async () => {
    network.begin(
      { [INTERNAL]: PLACE.nobody, [EXTERNAL]: PLACE.front },
      {
        [`https://${EXTERNAL}`]: redirect(`http://${EXTERNAL}/1`),
        [`http://${EXTERNAL}/1`]: redirectLink(`https://${EXTERNAL}/2`),
        [`https://${EXTERNAL}/2`]: redirect('/3?originalDomain=lab.test'),
        [`https://${EXTERNAL}/3`]: redirectLink(`http://${EXTERNAL}/4`),
        [`http://${EXTERNAL}/4`]: redirect(ROOT),
      },
    );
    await expectSignedIn();
    expect(foundBy()?.via).toHaveLength(6);
  });

  test('where the internal name is a web site, or somebody else, and the external one is right', async () => {
    network.begin(
      { [INTERNAL]: PLACE.front, [EXTERNAL]: PLACE.pool },
      { [`https://${INTERNAL}`]: webPage, [`http://${INTERNAL}`]: webPage },
    );
    await expectSignedIn();
    network.begin({ [INTERNAL]: PLACE.portal, [EXTERNAL]: PLACE.pool });
    await expectSignedIn();
  });

  test('where packets to the internal name disappear, long before that is given up', async () => {
    network.begin({ [INTERNAL]: PLACE.nowhere, [EXTERNAL]: PLACE.pool });
    const run = await network.run(['sign-in', '--json', '--no-input', '--verbose', ALICE]);
    expect(run.json()).toMatchObject({ ok: true, result: { server: 'https://pool.lab.test' } });
    expect(run.stderr).toMatch(/GET https:\/\/lyncdiscoverinternal\.lab\.test\S* INTERRUPTED/);
  });

  test('at the server of --server, without a question to any name of discovery', async () => {
    network.begin({ [INTERNAL]: PLACE.front, [EXTERNAL]: PLACE.front });
    await expectSignedIn('--server', 'pool.lab.test');
    expect(network.received(PLACE.front)).toEqual([]);
  });

  test('the second time without asking any name of discovery', async () => {
    network.begin({ [EXTERNAL]: PLACE.front }, { [`https://${EXTERNAL}`]: userLink });
    await expectSignedIn();
    const before = network.received(PLACE.front).length;
    await expectSignedIn();
    expect(network.received(PLACE.front)).toHaveLength(before);
  });
});

describe('no server is found, the reason is said, and the card is not used', () => {
  test('for names that do not exist', async () => {
    network.begin({});
    const error = await refusal();
    expect(error.message).toBe(`no Lync server was found for lab.test: there is nothing by the name of ${INTERNAL} and ${EXTERNAL}`);
    expect(error.hint).toContain('VPN');
  });

  test('for names where packets disappear, in bounded time', async () => {
    network.begin({ [INTERNAL]: PLACE.nowhere, [EXTERNAL]: PLACE.nowhere });
    const error = await refusal('--timeout', '1');
    expect(error.message).toContain(`${INTERNAL} did not answer`);
    expect(error.details.tried.map(({ server, code }: { server: string; code: string }) => `${code} ${server}`)).toEqual([
      `TIMEOUT https://${INTERNAL}`,
      `TIMEOUT http://${INTERNAL}`,
      `TIMEOUT https://${EXTERNAL}`,
      `TIMEOUT http://${EXTERNAL}`,
    ]);
  });

  const both = (answer: RecordedAnswers[string]): RecordedAnswers => ({ [`https://${EXTERNAL}`]: answer, [`http://${EXTERNAL}`]: answer });
  test.each([
    ['a web page', both(webPage), `${EXTERNAL} answers with a web page, not as a Lync server does`],
    ['a circle', both(redirect(`https://${EXTERNAL}/`)), `${EXTERNAL} redirects in a circle`],
    ['six redirects', both(redirect(`${ROOT}?hop=0`)), 'redirects more than 5 times'],
    ['a logon', both({ status: 401, headers: { 'WWW-Authenticate': 'Basic realm="x"' } }), 'answers with status 401'],
  ])('for %s', async (_, answers, expected) => {
    network.begin({ [EXTERNAL]: PLACE.front }, answers, ['redirect-chain=5']);
    const error = await refusal();
    expect(error.message).toContain(expected);
    expect(error.hint).toContain('--server');
  });

  test.each([
    ['for another name', PLACE.portal, `the certificate of ${EXTERNAL} is for portal.example, `, '--server'],
    ['of an unknown issuer', PLACE.stranger, `the certificate of ${EXTERNAL} is not trusted`, '--ca-file'],
  ])('for a certificate %s', async (_, place, expected, hint) => {
    network.begin({ [EXTERNAL]: place });
    const error = await refusal();
    expect(error.message).toContain(expected);
    expect(error.hint).toContain(hint);
    const https = network.received(place).filter((each) => each.event === 'request' && each.request.includes('https:'));
    expect(https).toEqual([]);
  });
});
