/** The kinds of key that a card may have, each enrolled and then signed in with: by either method, or with the reason why not. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { cardShownAt, expectCardSession, testCardInTls } from '../support/card-session.js';
import { type SignInLab, startSignInLab } from '../support/signed-in.js';

const ALICE = 'alice@lab.test';
let lab: SignInLab;

function useCardWith(type: string): void {
  beforeAll(async () => {
    lab = await startSignInLab({ enroll: ['--key-type', type] });
  });
  afterEach(() => lab.faults());
  afterAll(() => lab.stop());
  testCardInTls(() => lab);
}

describe('a card with an RSA key', () => {
  useCardWith('rsa2048');

  test('signs the message of WS-Trust where only that is offered', async () => {
    lab.faults('ws-trust=mixed');
    const log = await expectCardSession(lab, 'certificate');
    expect(cardShownAt(log)).toEqual([]);
    const note = 'signed with the certificate of E=alice@lab.test,CN=Alice Example,OU=lyncauth practice organisation,DC=lab,DC=test';
    expect(log.at(-1)).toMatchObject({ path: '/adfs/services/trust/13/certificatemixed', status: 200, note });
  });

  test('signs it by itself when the page of AD FS takes no card', async () => {
    lab.faults('ws-trust=mixed', 'methods=password');
    const run = await lab.signIn([ALICE]);
    expect(run.code, run.stderr).toBe(0);
    const { method, notUsed } = run.json().result;
    expect(method).toBe('certificate');
    expect(notUsed[0]).toEqual({ method: 'passive', reason: expect.stringContaining('no sign-in with a certificate') });
  });
});

describe.each(['p256', 'p384'])('a card with a key of the kind %s', (type) => {
  useCardWith(type);

  test('signs no message of WS-Trust, which wants RSA: the error says so and names the other method', async () => {
    lab.faults('ws-trust=mixed');
    lab.applications();
    const seen = lab.log().length;
    const run = await lab.signIn([ALICE, '--method', 'certificate']);
    expect(run.json().error).toMatchObject({
      code: 'METHOD_NOT_OFFERED',
      message: expect.stringMatching(/offers certificatemixed only, whose requests are signed with RSA; the card's key is not an RSA key$/),
      hint: 'sign in with --method passive, which takes every kind of key',
    });
    expect(run.code).toBe(4);
    const asked = lab.log().slice(seen);
    expect(asked).not.toContainEqual(expect.objectContaining({ path: expect.stringContaining('certificatemixed') }));
    expect([lab.applications(), lab.stored()]).toEqual([[], expect.not.arrayContaining(['session.json'])]);
  });

  test('is told of each method why it cannot be used, when none can', async () => {
    lab.faults('ws-trust=mixed', 'methods=password');
    const run = await lab.signIn([ALICE]);
    expect([run.code, run.json().error.code]).toEqual([4, 'METHOD_NOT_OFFERED']);
    expect(run.json().error.details.methods).toEqual([
      { method: 'passive', reason: expect.stringContaining('no sign-in with a certificate') },
      { method: 'certificate', reason: expect.stringContaining('not an RSA key') },
    ]);
  });
});
