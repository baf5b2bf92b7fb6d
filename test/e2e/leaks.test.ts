import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { converse, openProgram, PASSWORD, unanswered } from '../support/dialog.js';
import { startLab, type TestLab } from '../support/lab.js';
import { filesBelow, findSecrets } from '../support/needles.js';
import { secretFile } from '../support/secret-files.js';
import { runWatched, type WatchedRun } from '../support/watched.js';

const PIN = 'Canary PIN+7f3a/ü';
const NEXT = 'Canary next&91c2=';
const WRONG = 'Canary wrong%55e1';
const WRONG_PASSWORD = 'Canary "päss"\\46?';
const SECRETS = [PIN, NEXT, WRONG, PASSWORD, WRONG_PASSWORD];

let lab: TestLab;
let log: string;

beforeAll(async () => {
  lab = await startLab({ pin: PIN, faultModule: true });
  log = join(lab.dir, 'canary.log');
});
afterEach(() => {
  lab.faults();
  lab.card.rules([]);
  rmSync(log, { force: true });
});
afterAll(() => lab.stop());

/** Runs `lyncauth ARGS --trace --log-file` and expects no secret anywhere. */
async function runTold(args: string[], env: Record<string, string> = {}): Promise<WatchedRun> {
  const pin = secretFile(lab.dir, 'pin-file', PIN);
  const given = { ...lab.env, LYNCAUTH_PIN_FILE: pin, LYNCAUTH_NEW_PIN_FILE: secretFile(lab.dir, 'next-file', NEXT), ...env };
  const run = await runWatched([...args, '--no-input', '--trace', '--log-file', log], { env: given });
  expect(run.stderr).toContain('trace: ');
  expect(run.processes).toContain('cmdline ');
  expect(findSecrets(SECRETS, { ...printed(run), ...kept() })).toEqual([]);
  return run;
}

function printed({ stdout, stderr, processes }: WatchedRun): Record<string, string> {
  return { stdout, stderr, processes };
}

/** What stays on the disk: the log file, settings and journals, HOME. */
function kept(): Record<string, Buffer> {
  const config = join(lab.dir, 'config');
  expect(readFileSync(log, 'utf8')).toContain('trace: ');
  return { log: readFileSync(log), ...(existsSync(config) ? filesBelow(config) : {}), ...filesBelow(lab.env.HOME ?? '') };
}

test('what finds secrets finds them in all their forms', () => {
  const basic = Buffer.from(`LAB\\alice:${PASSWORD}`).toString('base64');
  const places = { header: `Basic ${basic}`, url: `?p=${encodeURIComponent(WRONG)}`, bytes: Buffer.from(PIN).toString('hex'), clear: NEXT };
  expect(findSecrets(SECRETS, places).map((found) => found.split(' in ')[1])).toEqual([
    expect.stringMatching(/^header \(base64/),
    'url (URL)',
    'bytes (hex)',
    'clear (clear)',
  ]);
});

const enroll = ['enroll', '--yes'];
test.each([
  ['a wrong PIN', 5, [...enroll, '--json'], () => ({ LYNCAUTH_PIN_FILE: secretFile(lab.dir, 'wrong-file', WRONG) })],
  ['a wrong PIN, as text', 5, enroll, () => ({ LYNCAUTH_PIN_FILE: secretFile(lab.dir, 'wrong-file', WRONG) })],
  ['a wrong password', 4, [...enroll, '--json'], () => ({ LYNCAUTH_PASSWORD_FILE: secretFile(lab.dir, 'wrong-password', WRONG_PASSWORD) })],
  ['a request that is denied', 7, [...enroll, '--template', 'NoSuchTemplate'], () => ({})],
  ['a PIN change with a wrong PIN', 5, ['change-pin'], () => ({ LYNCAUTH_PIN_FILE: secretFile(lab.dir, 'wrong-file', WRONG) })],
] as const)('%s leaks nothing', async (_what, code, args, env) => {
  expect((await runTold([...args], env())).code).toBe(code);
});

test.each(['server-error@logon', 'redirect@submit', 'huge-body@retrieve'])('the fault %s leaks nothing', async (fault) => {
  lab.faults(fault);
  expect((await runTold([...enroll, '--json'])).code).toBe(9);
  lab.faults();
  await lab.run(['enroll', '--abandon', '--yes', '--no-input'], { env: { LYNCAUTH_PIN_FILE: secretFile(lab.dir, 'pin-file', PIN) } });
});

test('a card that fails in the middle of a PIN change leaks nothing', async () => {
  lab.card.rules(['fail C_SetPIN CKR_DEVICE_ERROR']);
  const run = await runTold(['change-pin', '--json']);
  expect([run.code, JSON.parse(run.stdout).error.code]).toEqual([1, 'PIN_CHANGE_UNKNOWN']);
});

test('an askpass program is not given the secrets that are known already', async () => {
  const script = join(lab.dir, 'askpass');
  const seen = join(lab.dir, 'askpass-saw');
  writeFileSync(script, `#!/bin/sh\ncat /proc/self/environ /proc/$$/cmdline >>'${seen}'\necho '${PASSWORD}'\n`);
  chmodSync(script, 0o700);
  const { LYNCAUTH_PASSWORD_FILE, LYNCAUTH_PIN_FILE, ...env } = lab.env;
  const run = await runWatched([...enroll, '--no-input', '--dry-run', '--json', '--allow-pin-env', '--askpass', script], {
    env: { ...env, LYNCAUTH_PIN: PIN },
  });
  expect([run.code, JSON.parse(run.stdout).result.status]).toEqual([0, 'planned']);
  expect(findSecrets([PIN], { askpass: readFileSync(seen) })).toEqual([]);
  expect(readFileSync(seen, 'utf8')).toContain('password of LAB\\alice');
});

test('a person who types everything sees no secret on the screen, and none is kept', async () => {
  const env = unanswered(lab, ['CA', 'CARD']);
  const terminal = openProgram(['enroll', '--trace', '--log-file', log, '--pin-change', 'now', '--replace'], { env });
  await converse(terminal, [
    { question: 'Domain account', answer: 'LAB\\alice' },
    { question: 'Password of LAB\\alice', answer: PASSWORD },
    { question: 'Certificate template', answer: '' },
    { question: 'Hash algorithm', answer: '' },
    { question: 'Friendly name', answer: '' },
    { question: 'PIN of card "Test card"', answer: PIN },
    { question: 'New PIN of card', answer: NEXT },
    { question: 'New PIN again', answer: NEXT },
    { question: 'Install it?', answer: '' },
  ]);
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });
  expect(findSecrets(SECRETS, { screen: terminal.raw(), ...kept() })).toEqual([]);
});

test('an enrollment with a PIN change, and a PIN change, leak nothing', async () => {
  // The person above has set the new PIN.
  const back = { LYNCAUTH_PIN_FILE: secretFile(lab.dir, 'a', NEXT), LYNCAUTH_NEW_PIN_FILE: secretFile(lab.dir, 'b', PIN) };
  const changed = await runTold(['change-pin', '--json'], back);
  expect(changed.code).toBe(0);
  const enrolled = await runTold([...enroll, '--json', '--replace', '--pin-change', 'now']);
  expect([enrolled.code, JSON.parse(enrolled.stdout).result.status]).toEqual([0, 'issued']);
});
