/** `lyncauth forget-credentials`: what was stored is gone and named, whatever state it and the servers are in. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cardObjects } from '../support/card-objects.js';
import { findTraces } from '../support/needles.js';
import { secretFile } from '../support/secret-files.js';
import { type SignInLab, startSignInLab } from '../support/signed-in.js';

const UNREACHABLE = { HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '', no_proxy: '' };
const ALICE = 'alice@lab.test';
let lab: SignInLab;

beforeEach(async () => {
  lab = await startSignInLab();
});
afterEach(() => lab.stop());

function config(...path: string[]): string {
  return join(lab.dir, 'config', ...path);
}

/** What of the user is found in the whole home folder and the folder of the settings. */
function traces(...needles: string[]): string[] {
  const folders = [lab.env.HOME ?? '', config()].filter((folder) => existsSync(folder));
  return folders.flatMap((folder) => findTraces(folder, [ALICE, 'LAB\\alice', lab.token.pin, ...needles]));
}

test('ends the session, removes every trace, says what it was, and leaves the card alone', async () => {
  await lab.run(['config', 'set', 'user', 'LAB\\alice']);
  await lab.run(['config', 'set', 'name', 'Alice at work']);
  await lab.run(['config', 'set', 'card', 'Alice']);
  await lab.run(['config', 'set', 'template', 'SmartcardUser']);
  const { server } = (await lab.signIn()).json().result;
  const { token } = JSON.parse(readFileSync(config('sign-in/session.json'), 'utf8'));
  const objects = cardObjects(lab.token);
  expect(traces(token)).not.toEqual([]);

  const run = await lab.run(['forget-credentials', '--json']);

  expect(run.json()).toEqual({
    ok: true,
    command: 'forget-credentials',
    result: {
      signedOut: true,
      address: ALICE,
      server,
      ended: 'closed',
      removed: [
        { kind: 'setting', name: 'user', detail: 'LAB\\alice' },
        { kind: 'setting', name: 'card', detail: 'Alice' },
        { kind: 'setting', name: 'name', detail: 'Alice at work' },
        { kind: 'session', name: ALICE },
        { kind: 'address', name: ALICE },
      ],
      kept: [],
    },
  });
  expect(run.code).toBe(0);
  expect(traces(token)).toEqual([]);
  expect(lab.applications().slice(-2)).toEqual(['created', 'deleted']);
  expect(cardObjects(lab.token)).toEqual(objects);
  expect((await lab.run(['config', 'list'])).stdout).toBe('template = SmartcardUser  (user)\n');
  expect((await lab.run(['status', '--json'])).json().result).toMatchObject({ signedIn: false, address: null });
});

test('with nothing stored there is nothing to remove: 0', async () => {
  const run = await lab.run(['forget-credentials']);
  expect(run).toMatchObject({ code: 0, stdout: 'nothing was stored on this computer\nthe card is untouched\n', stderr: '' });
});

test('with the network down everything here is gone all the same: 9', async () => {
  await lab.signIn();
  const run = await lab.run(['forget-credentials', '--json'], { env: UNREACHABLE });
  expect(run.json()).toMatchObject({
    ok: false,
    error: {
      code: 'NETWORK',
      details: {
        signedOut: true,
        ended: null,
        removed: [
          { kind: 'session', name: ALICE },
          { kind: 'address', name: ALICE },
        ],
        kept: [],
      },
    },
  });
  expect(run.code).toBe(9);
  expect(traces()).toEqual([]);
});

test('a sign-in that forgets first warns of a session that could not be ended', async () => {
  const { server } = (await lab.signIn()).json().result;
  const run = await lab.run(['sign-in', ALICE, '--no-input', '--forget-first'], { env: UNREACHABLE });
  expect(run.stderr).toContain(`${ALICE} is signed out on this computer\n`);
  expect(run.stderr).toContain(`warning: the session at ${server} could not be ended: `);
  expect(run.code).toBe(9);
});

test('a sign-in that forgets first forgets nothing before card and PIN are there', async () => {
  await lab.signIn();
  const wrong = secretFile(lab.dir, 'wrong-pin', '87654321');
  for (const args of [
    ['--card', 'nope'],
    ['--pin-file', wrong],
  ]) {
    const run = await lab.run(['sign-in', ALICE, '--no-input', '--forget-first', ...args]);
    expect(run.code).toBeOneOf([3, 5]);
    expect(run.stderr).not.toContain('deleted:');
    expect((await lab.run(['status', '--quiet'])).code).toBe(0);
  }
});

test('a sign-in that forgets first forgets the user in requests for the card that it uses', async () => {
  lab.faults('pending');
  await lab.enroll(['--replace']);
  lab.faults();
  const run = await lab.run(['sign-in', ALICE, '--no-input', '--forget-first']);
  expect(run.stderr).toMatch(/^deleted: user name alice@lab\.test \(of request \d+ at /m);
  expect(run.code).toBe(0);
});

test('a session that cannot be read is removed as well', async () => {
  await lab.signIn();
  writeFileSync(config('sign-in/session.json'), '{"damaged', { mode: 0o600 });
  const run = await lab.run(['forget-credentials', '--json']);
  expect(run.json().error).toMatchObject({
    code: 'STATE_UNREADABLE',
    message: expect.stringMatching(/^the server could not be told: /),
    details: { signedOut: true, removed: expect.arrayContaining([{ kind: 'session-file', name: config('sign-in/session.json') }]) },
  });
  expect(run.code).toBe(1);
  expect(lab.stored()).toEqual([]);
});

test('a request that waits at the CA is named and kept without its user, and can be gone on with', async () => {
  lab.faults('pending');
  const { requestId } = (await lab.enroll(['--replace', '--name', ALICE])).json().result;
  const run = await lab.run(['forget-credentials', '--json']);
  const { label, serial } = (await lab.run(['cards', '--json', '--card', lab.token.label])).json().result.readers[0].token;
  expect(run.json().result).toMatchObject({
    removed: [{ kind: 'user-name', name: ALICE, detail: `of request ${requestId} at ${lab.env.LYNCAUTH_CA}` }],
    kept: [{ requestId, card: { label, serial }, upn: null }],
  });
  expect(traces()).toEqual([]);
  expect((await lab.run(['forget-credentials'])).stdout).toMatch(
    /^kept, without the name of its user: request \d+ at .*\nnothing else was stored on this computer\nthe card is untouched\n$/,
  );
  expect(lab.journal()).toHaveLength(1);
  lab.faults();
  await lab.run(['lab', 'approve', requestId]);
  expect((await lab.run(['enroll', '--resume', requestId, '--json', '--no-input', '--yes'])).json().result).toMatchObject({
    status: 'issued',
    certificate: { upn: ALICE },
  });
  expect(lab.journal()).toEqual([]);
});

test('what cannot be removed does not keep the rest, and what is gone is named: the code is that of what failed', async () => {
  await lab.signIn();
  await lab.run(['config', 'set', 'upn', ALICE]);
  lab.faults('pending');
  await lab.enroll(['--replace']);
  const [record = ''] = readdirSync(config('journal'));
  writeFileSync(config('journal', record), 'damaged', { mode: 0o600 });
  const run = await lab.run(['forget-credentials', '--json']);
  expect(run.json().error).toMatchObject({
    code: 'STATE_UNREADABLE',
    message: expect.stringMatching(/is damaged \(removed all the same: setting upn .*; session and token of .*; remembered address .*\)$/),
    details: { removed: expect.arrayContaining([{ kind: 'session', name: ALICE }]) },
  });
  expect(run.code).toBe(1);
  expect(traces()).toEqual([]);
});

test('--abandon drops a request that waits, and leaves its key on the card', async () => {
  lab.faults('pending');
  await lab.enroll(['--replace']);
  const objects = cardObjects(lab.token);
  const run = await lab.run(['forget-credentials', '--abandon', '--json']);
  expect(run.json().result).toMatchObject({
    removed: [
      {
        kind: 'request',
        name: expect.stringMatching(/^\d+ at https:/),
        detail: expect.stringMatching(/^its key [0-9a-f]{32} stays on card /),
      },
    ],
    kept: [],
  });
  expect(run.code).toBe(0);
  expect(lab.journal()).toEqual([]);
  expect(cardObjects(lab.token)).toEqual(objects);
});

test('certificates that --replace saved are listed and removed', async () => {
  await lab.enroll(['--replace']);
  const [saved = ''] = readdirSync(config('saved'));
  const run = await lab.run(['forget-credentials']);
  expect(run.stdout).toContain(`removed from this computer:\n  saved certificate ${config('saved', saved)}\n`);
  expect(readdirSync(config('saved'))).toEqual([]);
});
