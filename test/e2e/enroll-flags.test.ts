import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { expectUntouched } from '../support/enrolled-card.js';
import { startLab, type TestLab } from '../support/lab.js';

// Nothing here gets as far as the card's key, so one card serves all.
let lab: TestLab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(async () => {
  expectUntouched(lab);
  expect(lab.submissions()).toBe(0);
  await lab.stop();
});
afterEach(() => lab.faults());

const unattended = ['enroll', '--json', '--no-input', '--key-type', 'p256'];

describe('an unattended run that lacks an answer ends with 2 and names the flag', () => {
  test.each([
    ['--upn', 'LYNCAUTH_UPN', ['--yes']],
    ['--yes', '', []],
    ['--ca', 'LYNCAUTH_CA', ['--yes']],
    ['--user', 'LYNCAUTH_USER', ['--yes']],
    ['--password-file', 'LYNCAUTH_PASSWORD_FILE', ['--yes']],
    ['--pin-file', 'LYNCAUTH_PIN_FILE', ['--yes']],
    ['--new-pin-file', '', ['--yes', '--pin-change', 'now']],
  ])('%s', async (flag, variable, args) => {
    const result = await lab.run([...unattended, ...args], { env: { [variable]: undefined } });
    expect(result.code, result.stderr).toBe(2);
    expect(result.json()).toMatchObject({ ok: false, command: 'enroll', error: { code: 'INPUT_REQUIRED' } });
    expect(result.json().error.hint).toMatch(new RegExp(`^give ${flag}\\b`));
  });

  test('for a person in words', async () => {
    const result = await lab.run(['enroll', '--no-input', '--yes'], { env: { LYNCAUTH_UPN: undefined } });
    expect(result.code).toBe(2);
    expect(result.stdout).toBe('');
    expect(result.stderr).toMatch(/^lyncauth: error: .+\nlyncauth: hint: give --upn/m);
  });
});

test.each([
  [['--key', 'new', '--key-id', 'ab']],
  [['--pin-change', 'never', '--new-pin-file', '/dev/null']],
  [['--pin-change', 'at-first-use', '--new-pin-file', '/dev/null']],
  [['--ca', 'http://localhost/certsrv']],
  [['--dry-run', '--resume']],
  [['--dry-run', '--resume', '83']],
  [['--dry-run', '--resubmit']],
  [['--dry-run', '--abandon']],
  [['--delete-old-key']],
])('%j is refused as usage', async (args) => {
  const result = await lab.enroll(args);
  expect([result.code, result.json().error.code]).toEqual([2, 'USAGE']);
});

test.each(['at-first-use', 'never'])('a file with a new PIN in the environment does not contradict --pin-change %s', async (when) => {
  const result = await lab.enroll(['--pin-change', when, '--dry-run'], { env: { LYNCAUTH_NEW_PIN_FILE: '/dev/null' } });
  expect(result.code, result.stdout).toBe(0);
  expect(result.json().result.status).toBe('planned');
});

test('a piped PIN is not taken unless --pin-file - says so', async () => {
  const result = await lab.enroll([], { env: { LYNCAUTH_PIN_FILE: undefined }, input: '735194\n' });
  expect([result.code, result.json().error.code]).toEqual([2, 'INPUT_REQUIRED']);
});

describe('the CA', () => {
  test('does not take the password', async () => {
    const result = await lab.enroll([], { env: { LYNCAUTH_USER: 'LAB\\bob' } });
    expect(result.code).toBe(4);
    expect(result.json().error).toMatchObject({ code: 'LOGON_REFUSED', message: expect.stringContaining('LAB\\bob') });
  });

  test('does not offer Basic: the schemes it offers are named', async () => {
    lab.faults('no-basic');
    const result = await lab.enroll();
    expect(result.code).toBe(4);
    expect(result.json().error).toMatchObject({ code: 'LOGON_UNSUPPORTED', details: { schemes: ['Negotiate', 'NTLM'] } });
    expect(result.json().error.message).toContain('Negotiate and NTLM');
  });

  test('is not told the password by Basic unless somebody asked for that', async () => {
    const before = lab.log().length;
    const result = await lab.enroll(['--auth', 'auto']);
    expect(result.code).toBe(4);
    expect(result.json().error).toMatchObject({ code: 'LOGON_UNSUPPORTED', hint: expect.stringContaining('--auth basic') });
    expect(result.json().error.details.tried).toEqual(['ntlm']);
    expect(lab.log().slice(before)).toEqual([expect.objectContaining({ status: 401 }), expect.objectContaining({ status: 401 })]);
  });

  test('is not trusted: the hint names --ca-file', async () => {
    const result = await lab.enroll([], { env: { LYNCAUTH_CA_FILE: undefined } });
    expect(result.code).toBe(9);
    expect(result.json().error).toMatchObject({ code: 'TLS_UNTRUSTED', hint: expect.stringContaining('--ca-file') });
  });

  test('is not there', async () => {
    // Port 9 of loopback: discard, which nobody runs.
    const result = await lab.enroll(['--ca', 'https://localhost:9/certsrv']);
    expect([result.code, result.json().error.code]).toEqual([9, 'NETWORK']);
  });

  test.each([
    ['redirect@logon', 'REDIRECT_REFUSED'],
    ['server-error@logon', 'SERVER_ERROR'],
    ['huge-body@logon', 'RESPONSE_TOO_LARGE'],
    ['huge-body=gzip@logon', 'RESPONSE_TOO_LARGE'],
  ])('misbehaves: %s', async (fault, code) => {
    lab.faults(fault);
    const result = await lab.enroll();
    expect([result.code, result.json().error.code]).toEqual([9, code]);
  });

  test('is slower than --timeout allows', async () => {
    lab.faults('slow=20000@logon');
    const result = await lab.enroll(['--timeout', '0.5']);
    expect([result.code, result.json().error.code]).toEqual([9, 'TIMEOUT']);
  });
});

test('a password file that others can read is refused', async () => {
  const file = join(lab.dir, 'readable');
  writeFileSync(file, 'Practice-alice-46\n', { mode: 0o644 });
  const result = await lab.enroll(['--password-file', file]);
  rmSync(file);
  expect([result.code, result.json().error.code]).toEqual([2, 'SECRET_FILE_UNSAFE']);
});

test('--issuer-ca that holds no certificate is named', async () => {
  const result = await lab.enroll(['--issuer-ca', join(tmpdir(), 'no-such-file.pem')]);
  expect([result.code, result.json().error.code]).toEqual([1, 'FILE_UNREADABLE']);
});

test('--key existing on a card without keys ends with 3', async () => {
  const result = await lab.enroll(['--key', 'existing']);
  expect([result.code, result.json().error.code]).toEqual([3, 'KEY_NOT_FOUND']);
});

test('a damaged journal stops the run and is named', async () => {
  const dir = join(lab.dir, 'config', 'journal');
  const record = join(dir, 'damaged.json');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  writeFileSync(record, '{"step":', { mode: 0o600 });
  const result = await lab.enroll();
  rmSync(record);
  expect([result.code, result.json().error.code]).toEqual([1, 'STATE_UNREADABLE']);
  expect(result.json().error.message).toContain(record);
});
