/** What is left of a user, anywhere in the home folder and at the server, after signing out and after forgetting. */
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readState } from '../../src/lab/pool/state.js';
import { type StatePaths, statePaths } from '../../src/store/paths.js';
import type { Removed } from '../../src/store/removed.js';
import { rememberDiscovery, rememberTrustedDomain } from '../../src/store/sign-in-memory.js';
import { PASSWORD } from '../support/dialog.js';
import { type FileMoment, killAt } from '../support/kill-at.js';
import { filesBelow, findTraces } from '../support/needles.js';
import { secretFile } from '../support/secret-files.js';
import { type SignInLab, startSignInLab } from '../support/signed-in.js';
import { recordTickets, type Tickets } from '../support/tickets.js';

const ALICE = 'alice@lab.test';
/** The account, the address and the display name all begin with it. */
const NAME = 'alice';
let lab: SignInLab;
let home: string;
let paths: StatePaths;
let log: string;
let tickets: Tickets;

beforeEach(async () => {
  lab = await startSignInLab();
  // As a user has it: settings and state are where they belong, below HOME.
  delete lab.env.LYNCAUTH_CONFIG_DIR;
  home = lab.env.HOME ?? '';
  paths = statePaths(lab.env);
  log = join(home, 'own.log');
  tickets = recordTickets();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await lab.stop();
});

const server = () => new URL(lab.env.LYNCAUTH_SERVER ?? '').host;

/** What of the user is found anywhere below HOME, but in the log file that the user asked for. */
function traces(...more: string[]): string[] {
  const secrets = [NAME, lab.token.pin, PASSWORD, ...tickets.all(), ...more];
  return findTraces(home, secrets, { except: [log] });
}

async function succeed(args: string[], env: Record<string, string> = {}): Promise<void> {
  const run = await lab.run([...args, '--trace', '--log-file', log], { env });
  expect(run.code, run.stderr).toBe(0);
}

/** Ends a run at `moment`, and expects it to leave what it was writing, with the name of the user in it. */
async function killed(moment: FileMoment, args: string[]): Promise<void> {
  const before = traces();
  const run = await lab.run(args, { env: killAt(moment) });
  expect(run.signal, run.stderr).toBe('SIGKILL');
  expect(traces().length).toBeGreaterThan(before.length);
}

/** Expects that everything is gone after forget-credentials, and returns what it said. */
// biome-ignore lint/suspicious/noExplicitAny: tests read what they know is there
async function forget(args: string[] = []): Promise<any> {
  const run = await lab.run(['forget-credentials', '--json', ...args]);
  expect(run.code, run.stderr).toBe(0);
  expect(traces()).toEqual([]);
  return run.json().result;
}

test.each(['passive', 'certificate', 'password'])('after sign-out the server has no application: %s', async (method) => {
  expect((await lab.signIn([ALICE, '--method', method])).code).toBe(0);
  expect(readState(lab.dir).applications).toHaveLength(1);
  expect((await lab.run(['sign-out', '--json'])).json().result).toMatchObject({ signedOut: true, ended: 'closed' });
  expect(readState(lab.dir).applications).toEqual([]);
});

describe('after forget-credentials the whole home folder holds no trace', () => {
  test('of a user who enrolled, chose settings, vouched for servers, signed in, and mistyped the PIN', async () => {
    await succeed(['config', 'set', 'user', 'LAB\\alice']);
    await succeed(['config', 'set', 'upn', ALICE]);
    await succeed(['config', 'set', 'name', 'Key of Alice Example']);
    await succeed(['config', 'set', 'template', 'SmartcardUser']);
    await succeed(['enroll', '--replace', '--yes', '--no-input']);
    await rememberTrustedDomain(paths, ALICE, 'partner.test');
    const userUrl = `https://${server()}/autodiscover/autodiscoverservice.svc/root/oauth/user`;
    await rememberDiscovery(paths, ALICE, { userUrl, via: [userUrl] }, new Date());
    delete lab.env.LYNCAUTH_SERVER;
    for (const method of ['password', 'certificate', 'passive']) await succeed(['sign-in', ALICE, '--no-input', '--method', method]);
    const wrong = await lab.signIn([], { env: { LYNCAUTH_PIN_FILE: secretFile(lab.dir, 'wrong', '000111') } });
    expect(wrong.code).toBe(5);
    const host = new URL(userUrl).host;
    const found = traces(host, 'partner.test').join('\n');
    for (const trace of [tickets.tokens().at(-1), ALICE, 'Alice Example', host, 'partner.test', NAME].filter((each) => each !== undefined))
      expect(traces(trace)).not.toEqual([]);
    expect(found).toContain('saved');

    const { removed, kept } = await forget();

    expect(kept).toEqual([]);
    expect(removed).toEqual([
      { kind: 'setting', name: 'user', detail: 'LAB\\alice' },
      { kind: 'setting', name: 'upn', detail: ALICE },
      { kind: 'setting', name: 'name', detail: 'Key of Alice Example' },
      { kind: 'session', name: ALICE },
      { kind: 'address', name: ALICE },
      { kind: 'trusted-domain', name: 'partner.test', detail: `of ${ALICE}` },
      { kind: 'servers', name: ALICE },
      { kind: 'saved-certificate', name: expect.stringMatching(/\/saved\/[0-9a-f]{64}\.pem$/) },
    ]);
    expect(traces(host, 'partner.test')).toEqual([]);
    expect(readState(lab.dir).applications).toEqual([]);
    // What is left: a setting that names nobody, a count, and the log that was asked for.
    const left = Object.entries(filesBelow(home)).map(([path, content]) => [relative(home, path), content.toString()]);
    expect(left.filter(([path]) => path !== 'own.log').sort()).toEqual([
      ['.config/lyncauth/config.json', expect.stringMatching(/^\{\s*"template": "SmartcardUser"\s*\}\s*$/)],
      [expect.stringMatching(/^\.local\/state\/lyncauth\/locks\/[0-9a-f]{64}\.failures$/), '1\n'],
    ]);
  });

  test('of a request that waits at the CA, which is kept and named', async () => {
    lab.faults('pending');
    const { requestId } = (await lab.enroll(['--replace', '--name', 'Alice at work'])).json().result;
    expect(traces()).not.toEqual([]);
    const { removed, kept } = await forget();
    expect(removed).toEqual([{ kind: 'user-name', name: ALICE, detail: `of request ${requestId} at ${lab.env.LYNCAUTH_CA}` }]);
    expect(kept).toMatchObject([{ requestId, upn: null }]);
    const words = await lab.run(['forget-credentials']);
    expect(words.stdout).toContain(
      `kept, without the name of its user: request ${requestId} at ${lab.env.LYNCAUTH_CA} for card "Test card"`,
    );
    expect(readdirSync(paths.journalDir)).toHaveLength(1);
    expect((await forget(['--abandon'])).kept).toEqual([]);
    expect(readdirSync(paths.journalDir)).toEqual([]);
    expect(traces(server())).toEqual([]);
  });

  test('of runs that were killed while they wrote', async () => {
    await killed('before renameSync ^session\\.json$', ['sign-in', ALICE, '--no-input']);
    await killed('before renameSync ^memory\\.json$', ['sign-in', ALICE, '--no-input']);
    await killed('before renameSync ^config\\.json$', ['config', 'set', 'upn', ALICE]);
    await killed('before renameSync \\.pem$', ['enroll', '--replace', '--yes', '--no-input']);
    await killed('before renameSync ^[0-9a-f]{32}\\.json$', ['enroll', '--template', 'SmartcardUserApproval', '--yes', '--no-input']);
    const leftovers = Object.keys(filesBelow(home)).filter((path) => path.includes('tmp'));
    expect(leftovers.length).toBeGreaterThanOrEqual(4);

    const { removed, kept } = await forget(['--abandon']);

    expect(kept).toEqual([]);
    expect(removed.filter(({ kind }: Removed) => kind === 'leftover')).toHaveLength(3);
    expect(Object.keys(filesBelow(home)).filter((path) => path.includes('tmp'))).toEqual([]);
    expect((await lab.run(['forget-credentials'])).stdout).toBe('nothing was stored on this computer\nthe card is untouched\n');
  });

  test('of a first write of a session that was killed: there is no session, and its token is gone', async () => {
    await killed('before renameSync ^session\\.json$', ['sign-in', ALICE, '--no-input']);
    expect((await lab.run(['status', '--quiet'])).code).toBe(4);
    expect(traces(tickets.tokens().at(-1) ?? '')).not.toEqual([]);
    const run = await lab.run(['sign-out']);
    expect(run).toMatchObject({ code: 0, stdout: 'nobody is signed in; what an interrupted run had begun to write is removed\n' });
    expect(traces()).toEqual([]);
    expect(existsSync(paths.signInDir)).toBe(true);
  });
});
