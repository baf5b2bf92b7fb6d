/** Sign-ins that are killed or interrupted, at each server and at each file: the session is the old one or the new one, whole. */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readState } from '../../src/lab/pool/state.js';
import { createEndedRuns, ENDINGS, type OnDisk } from '../support/ended-runs.js';
import { useSignInLab } from '../support/signed-in.js';

const ALICE = 'alice@lab.test';
const SIGN_IN = ['sign-in', ALICE, '--no-input'];
const lab = useSignInLab();
const ended = createEndedRuns(lab);

/** Expects that the next sign-in is like any other, and leaves nothing behind that the killed run began. */
async function expectNextSignIn(before: OnDisk): Promise<void> {
  const next = await ended.signIn();
  expect(next?.application).not.toBe(before?.application);
  expect((await lab.run(['status', '--json'])).json().result).toMatchObject({ signedIn: true, application: next?.application });
  expect(lab.stored()).toEqual(['memory.json', 'session.json']);
  expect(readdirSync(ended.paths.lockDir)).toEqual([]);
}

const waits: [step: string, ready: () => boolean][] = [
  ['discovery', () => ended.asked(/^\/autodiscover\//i)],
  ['token', () => ended.asked(/^\/webticket\//i)],
  ['adfs', () => ended.asked(/^\/adfs\//)],
  ['passive', () => ended.asked(/^\/passiveauth\//i)],
  ['application', () => ended.happened('created')],
];

describe('a sign-in that is ended while it waits for a server', () => {
  const cases = waits.flatMap(([step, ready]) => ENDINGS.map((signal) => ({ step, ready, signal })));

  test.each(cases)(
    'at the step $step, by $signal: the session before is whole, the next sign-in works',
    async ({ step, ready, signal }) => {
      const before = await ended.signIn();
      await ended.atServer(SIGN_IN, `slow=30000@${step}`, ready, signal);
      expect(ended.stored()).toEqual(before);
      expect((await lab.run(['status', '--json'])).json().result).toMatchObject({ signedIn: true, application: before?.application });
      await expectNextSignIn(before);
    },
  );

  test.each(waits)('at the step %s, where nobody was signed in: nobody is, and the next sign-in works', async (step, ready) => {
    await ended.atServer(SIGN_IN, `slow=30000@${step}`, ready);
    expect(ended.stored()).toBeUndefined();
    expect((await lab.run(['status', '--quiet'])).code).toBe(4);
    await expectNextSignIn(undefined);
  });

  test.each(ENDINGS)('while the session before is ended, by %s: the new one is stored and in use', async (signal) => {
    const before = await ended.signIn();
    const ending = () => {
      // The application is made; from now on answers take long: the next request ends the one before.
      if (ended.happened('created')) lab.faults('slow=30000@application');
      return ended.happened('deleted');
    };
    await ended.atServer(SIGN_IN, 'slow=500@application', ending, signal);
    const now = ended.stored();
    expect(now?.application).not.toBe(before?.application);
    expect((await lab.run(['status', '--json'])).json().result).toMatchObject({ signedIn: true, application: now?.application });
    await expectNextSignIn(now);
  });
});

describe('a sign-in that is ended while it writes', () => {
  test.each(ENDINGS)('before the session is stored, by %s: the one before is whole', async (signal) => {
    const before = await ended.signIn();
    await ended.atFile(SIGN_IN, 'before renameSync ^session\\.json$', signal);
    expect(ended.stored()).toEqual(before);
    await expectNextSignIn(before);
  });

  test('the first session: there is none', async () => {
    await ended.atFile(SIGN_IN, 'before renameSync ^session\\.json$');
    expect(ended.stored()).toBeUndefined();
    expect((await lab.run(['token', '--json'])).json().error.code).toBe('NOT_SIGNED_IN');
    await expectNextSignIn(undefined);
  });

  test.each(['after renameSync ^session\\.json$', 'before renameSync ^memory\\.json$', 'after renameSync ^memory\\.json$'] as const)(
    '%s: the new session is whole',
    async (moment) => {
      const before = await ended.signIn();
      await ended.atFile(SIGN_IN, moment);
      const now = ended.stored();
      expect(now?.application).not.toBe(before?.application);
      expect((await lab.run(['status', '--json'])).json().result).toMatchObject({ signedIn: true, application: now?.application });
      // The one before is ended next; where it is too late for that, the next sign-in does it.
      expect(ended.happened('deleted')).toBe(moment.includes('memory'));
      await expectNextSignIn(now);
      const live = readState(lab.dir).applications.map(({ id }) => id);
      for (const session of [before, now]) expect(live).not.toContain(session?.application?.split('/').at(-1));
    },
  );
});
