import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cardObjects } from '../support/card-objects.js';
import { filesBelow, findSecrets } from '../support/needles.js';
import { type SignInLab, startSignInLab } from '../support/signed-in.js';

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
  const files = { ...filesBelow(lab.env.HOME ?? ''), ...(existsSync(config()) ? filesBelow(config()) : {}) };
  const names = { names: Object.keys(files).join('\n') };
  return findSecrets([ALICE, 'LAB\\alice', lab.token.pin, ...needles], { ...files, ...names });
}

test('ends the session, removes every trace, says what it was, and leaves the card alone', async () => {
  await lab.run(['config', 'set', 'user', 'LAB\\alice']);
  await lab.run(['config', 'set', 'name', `Card of ${ALICE}`]);
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
      application: 'closed',
      error: null,
      removed: [
        `session and token of ${ALICE}`,
        `remembered address ${ALICE}`,
        'setting user (LAB\\alice)',
        `setting name (Card of ${ALICE})`,
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
  const run = await lab.run(['forget-credentials', '--json'], { env: { HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: '', no_proxy: '' } });
  expect(run.json().result).toMatchObject({ signedOut: true, application: null, error: { code: 'NETWORK' } });
  expect(run.code).toBe(9);
  expect(traces()).toEqual([]);
});

test('a session that cannot be read is removed as well', async () => {
  await lab.signIn();
  writeFileSync(config('sign-in/session.json'), '{"damaged', { mode: 0o600 });
  const run = await lab.run(['forget-credentials', '--json']);
  expect(run.json().result.removed).toContain('session (its file could not be read)');
  expect(run.json().result.error.code).toBe('STATE_UNREADABLE');
  expect(run.code).toBe(1);
  expect(lab.stored()).toEqual([]);
});

test('a request that waits at the CA is named and kept without its user, and can be gone on with', async () => {
  lab.faults('pending');
  const { requestId } = (await lab.enroll(['--replace', '--name', ALICE])).json().result;
  const run = await lab.run(['forget-credentials', '--json']);
  const { label, serial } = (await lab.run(['cards', '--json', '--card', lab.token.label])).json().result.readers[0].token;
  expect(run.json().result).toMatchObject({
    removed: [`user name ${ALICE} of request ${requestId} at ${lab.env.LYNCAUTH_CA}`],
    kept: [{ requestId, card: { label, serial }, upn: null }],
  });
  expect(traces()).toEqual([]);
  expect(lab.journal()).toHaveLength(1);
  lab.faults();
  await lab.run(['lab', 'approve', requestId]);
  expect((await lab.run(['enroll', '--resume', requestId, '--json', '--no-input', '--yes'])).json().result).toMatchObject({
    status: 'issued',
    certificate: { upn: ALICE },
  });
  expect(lab.journal()).toEqual([]);
});

test('--abandon drops it, and leaves its key on the card', async () => {
  lab.faults('pending');
  await lab.enroll(['--replace']);
  const objects = cardObjects(lab.token);
  const run = await lab.run(['forget-credentials', '--abandon', '--json']);
  expect(run.json().result).toMatchObject({
    removed: [expect.stringMatching(/^request \d+ at .*; its key [0-9a-f]{32} stays on card /)],
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
