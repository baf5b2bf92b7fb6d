/** Whether a PIN, a password or a ticket gets anywhere that it does not belong: arguments, logs, output, files. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { PASSWORD } from '../support/dialog.js';
import { filesBelow, findSecrets } from '../support/needles.js';
import { secretFile } from '../support/secret-files.js';
import { type SignInLab, startSignInLab } from '../support/signed-in.js';
import { recordTickets, type Tickets } from '../support/tickets.js';
import { runWatched, type WatchedRun } from '../support/watched.js';

const ALICE = 'alice@lab.test';
const PIN = 'Canary PIN+7f3a/ü';
const WRONG = 'Canary wrong%55e1';
const WRONG_PASSWORD = 'Canary "päss"\\46?';
let lab: SignInLab;
let dir: string;
let log: string;
let tickets: Tickets;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lyncauth-canary-'));
  const pin = secretFile(dir, 'pin', PIN);
  lab = await startSignInLab({ pin: PIN, enroll: ['--pin-file', pin] });
  lab.env.LYNCAUTH_PIN_FILE = pin;
  log = join(dir, 'log');
});
beforeEach(() => {
  tickets = recordTickets();
});
afterEach(async () => {
  vi.restoreAllMocks();
  lab.faults();
  await lab.run(['forget-credentials']);
  rmSync(log, { force: true });
});
afterAll(async () => {
  await lab.stop();
  rmSync(dir, { recursive: true });
});

/** Runs `lyncauth ARGS --trace --log-file`, and expects no secret anywhere but the token in the file that is for it. */
async function runTold(args: string[], env: Record<string, string> = {}): Promise<WatchedRun> {
  const run = await runWatched([...args, '--no-input', '--trace', '--log-file', log], { env: { ...lab.env, ...env } });
  const { stdout, stderr, processes } = run;
  expect(processes).toContain('environ ');
  const tokens = tickets.tokens();
  const secrets = [PIN, WRONG, PASSWORD, WRONG_PASSWORD, ...tickets.all()];
  const isSession = (place: string) => place.endsWith('session.json');
  const places = { stderr, processes, log: readFileSync(log), ...filesBelow(join(lab.dir, 'config')), ...filesBelow(lab.env.HOME ?? '') };
  const open = Object.fromEntries(Object.entries(places).filter(([place]) => !isSession(place)));
  const session = Object.fromEntries(Object.entries(places).filter(([place]) => isSession(place)));
  expect(findSecrets(secrets, args[0] === 'token' ? open : { ...open, stdout })).toEqual([]);
  expect(
    findSecrets(
      secrets.filter((secret) => !tokens.includes(secret)),
      { ...session, stdout },
    ),
  ).toEqual([]);
  return run;
}

const signIn = ['sign-in', ALICE, '--json'];
const wrongPin = () => ({ LYNCAUTH_PIN_FILE: secretFile(dir, 'wrong-pin', WRONG) });
const wrongPassword = () => ({ LYNCAUTH_PASSWORD_FILE: secretFile(dir, 'wrong-password', WRONG_PASSWORD) });

describe('a session from its beginning to its end leaks nothing', () => {
  test.each([
    ['passive', [], { cookies: true, assertions: true, contexts: true }],
    ['certificate', ['ws-trust=mixed'], { cookies: true, assertions: true, contexts: true }],
    ['certificate', ['ws-trust=transport'], { cookies: true, assertions: true, contexts: true }],
    ['password', [], { cookies: false, assertions: false, contexts: false }],
    ['password', ['two-factor'], { cookies: true, assertions: true, contexts: true }],
  ] as const)('by %s %j', async (method, faults, given) => {
    lab.faults(...faults);
    const run = await runTold([...signIn, '--method', method]);
    expect([run.code, JSON.parse(run.stdout).result.method]).toEqual([0, method]);
    expect({
      cookies: tickets.cookies().length > 0,
      assertions: tickets.assertions().length > 0,
      contexts: tickets.contexts().length > 0,
    }).toEqual(given);
    expect((await runTold(['status'])).code).toBe(0);
    const token = await runTold(['token']);
    expect([token.code, token.stdout]).toEqual([0, `${tickets.tokens().at(-1)}\n`]);
    expect((await runTold([...signIn, '--method', method])).code).toBe(0);
    expect((await runTold(['sign-out'])).code).toBe(0);
    expect((await runTold(['forget-credentials'])).code).toBe(0);
  });
});

describe('a sign-in that fails leaks nothing', () => {
  test.each([
    ['a wrong PIN', 5, [], [], wrongPin],
    ['a wrong PIN for WS-Trust', 5, [], ['--method', 'certificate'], wrongPin],
    ['a wrong password', 4, [], ['--method', 'password'], wrongPassword],
    ['a wrong password for AD FS', 4, ['two-factor'], ['--method', 'password'], wrongPassword],
    ['AD FS finds no certificate', 4, ['adfs-fail=no-certificate'], [], undefined],
    ['AD FS wants one more proof', 4, ['adfs-fail=mfa'], [], undefined],
    ['AD FS sees a loop', 4, ['adfs-fail=msis7042'], [], undefined],
    ['the pool takes no security token', 4, ['pool-rejects'], [], undefined],
    ['the user is not enabled', 4, ['not-enabled'], [], undefined],
    ['the account is disabled', 4, ['account-disabled'], ['--method', 'password'], undefined],
    ['the token is of another host', 4, ['wrong-host-ticket'], [], undefined],
    ['the clocks differ', 4, ['clock-skew'], [], undefined],
    ['the pool breaks', 9, ['server-error@application'], [], undefined],
    ['the token service breaks', 9, ['server-error@token'], [], undefined],
    ['the passive page sends the token elsewhere', 9, ['redirect@passive'], [], undefined],
    ['AD FS floods', 9, ['huge-body@adfs'], [], undefined],
  ] as const)('%s: %i', async (_what, code, faults, args, env) => {
    lab.faults(...faults);
    const run = await runTold([...signIn, ...args], env?.());
    expect(run.code, run.stdout).toBe(code);
    expect(lab.stored()).not.toContain('session.json');
  });
});

describe('a session that cannot be ended at its server leaks nothing', () => {
  test.each([
    ['status', 4, 'expired-token'],
    ['status', 9, 'server-error@application'],
    ['sign-out', 9, 'server-error@application'],
    ['forget-credentials', 9, 'server-error@application'],
  ] as const)('%s: %i, %s', async (command, code, fault) => {
    await lab.signIn();
    lab.faults(fault);
    expect((await runTold([command, '--json'])).code).toBe(code);
  });

  test('a session whose file is damaged is not shown', async () => {
    await lab.signIn();
    const { token } = JSON.parse(readFileSync(join(lab.dir, 'config/sign-in/session.json'), 'utf8'));
    secretFile(join(lab.dir, 'config/sign-in'), 'session.json', `{"version":1,"token":"${token}","address"`);
    for (const command of ['status', 'token', 'sign-out']) expect((await runTold([command, '--json'])).code).toBe(1);
  });
});
