/** What differs between pools and generations of AD FS, and what goes wrong without keeping the card from signing in. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ConnectProxy, startProxy } from '../support/connect-proxy.js';
import { expectOutcome } from '../support/sign-in-outcomes/expect-outcome.js';
import { titleOf } from '../support/sign-in-outcomes/outcome.js';
import { signedInAnyway } from '../support/sign-in-outcomes/signed-in.js';
import { type SignInLab, startSignInLab } from '../support/signed-in.js';

/** Where AD FS 2.0 asks for it, in the middle of a connection. */
const LATE_PATH = '/adfs/ls/auth/sslclient/';
let lab: SignInLab;
/** Finds certauth.localhost, which the names of this computer may not have; everything else is reached without it. */
let proxy: ConnectProxy;

beforeAll(async () => {
  [lab, proxy] = await Promise.all([startSignInLab(), startProxy()]);
});
afterAll(async () => {
  await Promise.all([lab.stop(), proxy.stop()]);
});

test.each(signedInAnyway.map((row) => [titleOf(row), row.method, row] as const))(
  'with %s the %s method signs in',
  async (_title, _method, row) => {
    const before = lab.log().length;
    await expectOutcome(lab, row, { HTTPS_PROXY: proxy.url });

    const shown = lab
      .log()
      .slice(before)
      .flatMap((entry) => (entry.event === 'http' && entry.certificate !== undefined ? [entry] : []));
    expect(shown.filter(({ host, path }) => host === 'sts' && path !== LATE_PATH)).toEqual([]);
    if (row.method === 'passive')
      expect(shown.map(({ certificate }) => certificate)).toContainEqual(expect.stringContaining('CN=Alice Example'));
    if (row.method === 'password') expect(shown).toEqual([]);
  },
);

test('only the host for certificates was reached by its other name', () => {
  expect(new Set(proxy.asked.map(({ url }) => url?.replace(/:\d+$/, '')))).toEqual(new Set(['certauth.localhost']));
});
