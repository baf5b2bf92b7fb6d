/** Several runs at the same time: they take turns or say that another one is at it, and leave one session. */
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { readState } from '../../src/lab/pool/state.js';
import { type StatePaths, statePaths } from '../../src/store/paths.js';
import { withSessionLock } from '../../src/store/sessions.js';
import { until } from '../support/interrupt.js';
import { useSignInLab } from '../support/signed-in.js';

const ALICE = 'alice@lab.test';
const BY_PASSWORD = [ALICE, '--method', 'password'];
const lab = useSignInLab();
let paths: StatePaths;

beforeAll(() => {
  paths = { ...statePaths(lab.env), signInDir: join(lab.dir, 'config/sign-in') };
});

/** Ids of the applications that live at the server, as the end of their addresses. */
const live = () => readState(lab.dir).applications.map(({ id }) => id);
const idOf = (application: string) => application.split('/').at(-1);

/** What became of applications since the start of `entries`. */
function pool(event: 'created' | 'deleted', since: number): boolean {
  return lab
    .log()
    .slice(since)
    .some((entry) => entry.event === event);
}

test('a second sign-in with a card that one is using ends with BUSY: 10', async () => {
  lab.faults('slow=4000@token');
  const since = lab.log().length;
  const first = lab.signIn([ALICE]);
  await until(() =>
    lab
      .log()
      .slice(since)
      .some((entry) => entry.event === 'http' && entry.path.startsWith('/WebTicket')),
  );
  const second = await lab.signIn([ALICE]);
  expect([second.code, second.json().error.code]).toEqual([10, 'BUSY']);
  expect(second.json().error.message).toMatch(/^another run of lyncauth holds this card \(process \d+\)$/);
  lab.faults();
  const { result } = (await first).json();
  expect((await lab.run(['status', '--json'])).json().result).toMatchObject({ signedIn: true, application: result.application });
  expect(live()).toEqual([idOf(result.application)]);
});

test('of several sign-ins at once without a card one is left, and no application of the others', async () => {
  const runs = await Promise.all([1, 2, 3].map(() => lab.signIn(BY_PASSWORD)));
  for (const run of runs) expect(run.code, run.stderr).toBe(0);
  const { application } = (await lab.run(['status', '--json'])).json().result;
  expect(runs.map((run) => run.json().result.application)).toContain(application);
  expect(live()).toEqual([idOf(application)]);
});

test('a sign-out while somebody signs in ends the session of before; the new one stands', async () => {
  const before = (await lab.signIn(BY_PASSWORD)).json().result;
  lab.faults('slow=2000@token');
  const since = lab.log().length;
  const signingIn = lab.signIn(BY_PASSWORD);
  await until(() => lab.log().length > since);
  expect((await lab.run(['sign-out', '--json'])).json().result).toMatchObject({ signedOut: true, ended: 'closed' });
  const { application } = (await signingIn).json().result;
  expect(application).not.toBe(before.application);
  expect(live()).toEqual([idOf(application)]);
  expect((await lab.run(['status', '--json'])).json().result).toMatchObject({ signedIn: true, application });
});

test.each(['sign-out', 'forget-credentials'])('%s while another run ends the session at a slow server is done as well', async (command) => {
  await lab.signIn(BY_PASSWORD);
  lab.faults('slow=4000@application');
  const since = lab.log().length;
  const ending = lab.run(['sign-out', '--json']);
  await until(() => pool('deleted', since));
  const second = await lab.run([command, '--json']);
  expect(second.json().result).toMatchObject({ signedOut: true, ended: 'gone' });
  lab.faults();
  expect((await ending).json().result).toMatchObject({ signedOut: true, ended: 'closed' });
});

test('a sign-in while a slow server ends the session before is not thrown away', async () => {
  await lab.signIn(BY_PASSWORD);
  lab.faults('slow=4000@application');
  const since = lab.log().length;
  const ending = lab.run(['sign-out', '--json']);
  await until(() => pool('deleted', since));
  lab.faults();
  const { application } = (await lab.signIn(BY_PASSWORD)).json().result;
  expect((await ending).json().result).toMatchObject({ signedOut: true, ended: 'closed' });
  expect(live()).toEqual([idOf(application)]);
  expect((await lab.run(['status', '--json'])).json().result).toMatchObject({ signedIn: true, application });
});

test('a sign-in that cannot store its session, since another run is at it, ends it again at the server: 10', async () => {
  const before = (await lab.signIn(BY_PASSWORD)).json().result;
  lab.applications();
  const second = await withSessionLock(paths, () => lab.signIn(BY_PASSWORD));
  expect([second.code, second.json().error.code]).toEqual([10, 'BUSY']);
  expect(lab.applications()).toEqual(['created', 'deleted']);
  expect(live()).toEqual([idOf(before.application)]);
  expect((await lab.run(['status', '--json'])).json().result).toMatchObject({ signedIn: true, application: before.application });
});

test('looking is never busy: status and token need no lock', async () => {
  const { application } = (await lab.signIn(BY_PASSWORD)).json().result;
  await withSessionLock(paths, async () => {
    const [status, token] = await Promise.all([lab.run(['status', '--json']), lab.run(['token'])]);
    expect(status.json().result).toMatchObject({ signedIn: true, application });
    expect(token.code).toBe(0);
  });
});
