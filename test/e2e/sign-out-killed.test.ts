/** Sign-outs and forgetting that are killed or interrupted: what they left, the next run finishes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CTRL_C, openProgram, shellCode } from '../support/dialog.js';
import { createEndedRuns, ENDINGS } from '../support/ended-runs.js';
import { useSignInLab } from '../support/signed-in.js';

const ALICE = 'alice@lab.test';
const lab = useSignInLab();
const ended = createEndedRuns(lab);

describe('a sign-out that is ended', () => {
  test.each(ENDINGS)('while the server is told, by %s: the session is whole, and the next sign-out finishes it', async (signal) => {
    const before = await ended.signIn();
    await ended.atServer(['sign-out'], 'slow=30000@application', () => ended.happened('deleted'), signal);
    expect(ended.stored()).toEqual(before);
    expect((await lab.run(['sign-out', '--json'])).json().result).toMatchObject({ signedOut: true, ended: 'gone' });
    expect(lab.stored()).toEqual(['memory.json']);
  });

  test('by a person: what is stored is kept', async () => {
    const before = await ended.signIn();
    lab.faults('slow=30000@application');
    const terminal = openProgram(['sign-out'], { env: lab.env, columns: 200 });
    await terminal.waitFor(`ending the session at ${before?.server}`);
    terminal.write(CTRL_C);
    expect(shellCode(await terminal.exit())).toBe(130);
    expect(ended.stored()).toEqual(before);
    expect((await lab.run(['status', '--offline', '--quiet'])).code).toBe(0);
  });

  test('before the session is removed: the next sign-out removes it', async () => {
    await ended.signIn();
    await ended.atFile(['sign-out'], 'before unlinkSync ^session\\.json$');
    expect((await lab.run(['sign-out', '--json'])).json().result).toMatchObject({ signedOut: true, ended: 'gone' });
    expect(lab.stored()).toEqual(['memory.json']);
  });

  test('after it is removed: nobody is signed in', async () => {
    await ended.signIn();
    await ended.atFile(['sign-out'], 'after unlinkSync ^session\\.json$');
    expect((await lab.run(['sign-out', '--json'])).json()).toMatchObject({ ok: true, result: { signedOut: false } });
    await ended.signIn();
    expect((await lab.run(['status', '--quiet'])).code).toBe(0);
  });
});

describe('forget-credentials that is ended', () => {
  /** Expects that the next run forgets the rest. */
  async function expectForgotten(): Promise<void> {
    const run = await lab.run(['forget-credentials', '--json']);
    expect(run.code, run.stderr).toBe(0);
    expect(lab.stored()).toEqual([]);
    expect(readFileSync(ended.paths.configFile, 'utf8')).not.toContain('alice');
    expect(readdirSync(join(lab.dir, 'config')).filter((name) => name.includes('tmp'))).toEqual([]);
  }

  test.each(ENDINGS)('while the server is told, by %s: the next run forgets', async (signal) => {
    await lab.run(['config', 'set', 'user', 'LAB\\alice']);
    const before = await ended.signIn();
    await ended.atServer(['forget-credentials'], 'slow=30000@application', () => ended.happened('deleted'), signal);
    expect(ended.stored()).toEqual(before);
    await expectForgotten();
  });

  test.each([
    'before unlinkSync ^session\\.json$',
    'after unlinkSync ^session\\.json$',
    'before unlinkSync ^memory\\.json$',
    'after unlinkSync ^memory\\.json$',
    'before renameSync ^config\\.json$',
    'after renameSync ^config\\.json$',
  ] as const)('%s: the next run forgets the rest', async (moment) => {
    await lab.run(['config', 'set', 'user', 'LAB\\alice']);
    await lab.run(['config', 'set', 'name', ALICE]);
    await ended.signIn();
    await ended.atFile(['forget-credentials'], moment);
    ended.stored();
    await expectForgotten();
  });
});
