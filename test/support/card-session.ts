/** A whole session that a card opens at the practice organisation: in, seen, out; judged by exit codes, JSON and what the servers have logged. */
import { expect, test } from 'vitest';
import type { TimedLogEntry } from '../../src/lab/log.js';
import type { SignInLab } from './signed-in.js';

export type CardMethod = 'passive' | 'certificate';

const ALICE = 'alice@lab.test';
/** As the CA writes her onto every card. */
const SUBJECT = 'E=alice@lab.test,CN=Alice Example,OU=lyncauth practice organisation,DC=lab,DC=test';

type HttpEntry = Extract<TimedLogEntry, { event: 'http' }>;

/** What any card can do that is enrolled in `lab`: it signs in by both methods where AD FS asks for it in TLS. Call it where tests are. */
export function testCardInTls(lab: () => SignInLab): void {
  test('signs in at the page of AD FS, which it is shown to in TLS, and out again', async () => {
    expect(cardShownAt(await expectCardSession(lab(), 'passive'))).toEqual(['POST /adfs/ls/']);
  });

  test('signs in by WS-Trust, which it is shown to in TLS, and out again', async () => {
    const log = await expectCardSession(lab(), 'certificate');
    expect(cardShownAt(log)).toEqual(['POST /adfs/services/trust/2005/certificatetransport']);
  });
}

/** Expects that the card signs in by `method`, and that signing out leaves nothing. Returns what AD FS was asked and answered. */
export async function expectCardSession(lab: SignInLab, method: CardMethod): Promise<HttpEntry[]> {
  const seen = lab.log().length;
  lab.applications();
  const signedIn = await lab.signIn([ALICE, '--method', method]);
  expect(signedIn.code, signedIn.stdout + signedIn.stderr).toBe(0);
  expect(signedIn.json().result).toMatchObject({ signedIn: true, address: ALICE, method, certificate: { daysLeft: expect.any(Number) } });

  const status = await lab.run(['status', '--json']);
  const { application, since, expiresAt } = signedIn.json().result;
  expect(status.json().result).toMatchObject({ signedIn: true, address: ALICE, method, application, since, expiresAt });
  expect(status.code).toBe(0);

  const signedOut = await lab.run(['sign-out', '--json']);
  expect(signedOut.json().result).toMatchObject({ signedOut: true, address: ALICE, ended: 'closed' });
  expect(signedOut.code).toBe(0);
  expect((await lab.run(['status', '--quiet'])).code).toBe(4);

  expect(lab.applications()).toEqual(['created', 'deleted']);
  const log = lab.log().slice(seen).filter(isHttp);
  const [deletion] = log.filter((entry) => entry.method === 'DELETE');
  expect(deletion).toMatchObject({ path: new URL(application).pathname, account: 'LAB\\alice', status: 204 });
  return log.filter(({ host }) => host !== undefined);
}

/** Where AD FS was shown the card in TLS, and no other certificate than the card's. */
export function cardShownAt(log: readonly HttpEntry[]): string[] {
  const shown = log.filter(({ certificate }) => certificate !== undefined);
  for (const entry of shown) expect(entry).toMatchObject({ host: 'certificate', account: 'LAB\\alice', certificate: SUBJECT });
  return shown.map(({ method, path }) => `${method} ${path}`);
}

function isHttp(entry: TimedLogEntry): entry is HttpEntry {
  return entry.event === 'http';
}
