/** `lyncauth enroll --auth ntlm` at a practice CA behind apache, mod_auth_gssapi and gss-ntlmssp: parts that others wrote, and that take NTLM only. */
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accounts } from '../../src/lab/accounts.js';
import { type CaFrontEnd, startCaFrontEnd } from '../support/ca-front-end.js';
import type { CliResult } from '../support/cli.js';
import { expectOneEnrollment, expectUntouched } from '../support/enrolled-card.js';
import { startLab, type TestLab } from '../support/lab.js';
import { createAuthority } from '../support/loopback-https.js';
import { writeNtlmUsers } from '../support/ntlm-judges.js';

const authority = createAuthority();
/** Each account under both of its names. */
const users = accounts.flatMap(({ name, upn, password }) => [
  { domain: 'LAB', user: name.slice('LAB\\'.length), password },
  { domain: '', user: upn, password },
]);
const alice = accounts[0]?.password ?? '';
let lab: TestLab;
let front: CaFrontEnd;

beforeAll(async () => {
  lab = await startLab();
  const caFile = lab.env.LYNCAUTH_CA_FILE ?? '';
  front = await startCaFrontEnd({
    identity: authority.identity(),
    origin: new URL(lab.env.LYNCAUTH_CA ?? '').origin,
    caFile,
    gssapi: () => ['GssapiAllowedMech ntlmssp', 'GssapiConnectionBound On', 'GssapiBasicAuth Off'],
    remoteUsers: ({ name, upn }) => [name, `\\${upn}`, upn],
    environment: (dir) => {
      // Apache runs as somebody else when root starts it.
      writeNtlmUsers(join(dir, 'ntlm-users'), users, 0o644);
      return { NTLM_USER_FILE: join(dir, 'ntlm-users') };
    },
  });
  appendFileSync(caFile, authority.pem);
});

afterAll(async () => {
  await front?.stop();
  await lab?.stop();
});

/** Enrolls at the front end, which asks for NTLM. */
function enroll(args: string[], env: Record<string, string | undefined> = {}): Promise<CliResult> {
  return lab.enroll(['--ca', front.url, ...args], { env: { LYNCAUTH_AUTH: undefined, ...env } });
}

/** Method, path, status and user of each request that apache answered, and whether the connection was used before. */
function answered(): string[] {
  return readFileSync(join(front.dir, 'access.log'), 'utf8').trim().split('\n');
}

describe('a refused logon leaves the card and the CA as they were', () => {
  test('a wrong password', async () => {
    const result = await enroll(['--auth', 'ntlm'], { LYNCAUTH_USER: 'LAB\\bob' });
    expect(result.code, result.stdout).toBe(4);
    const { error } = result.json();
    expect(error).toMatchObject({ code: 'LOGON_REFUSED', details: { tried: ['ntlm'], schemes: ['Negotiate', 'NTLM'] } });
    expect(error.hint).toContain('Extended Protection');
    expectUntouched(lab);
  });

  test('Basic, which this server does not offer: it never sees the password', async () => {
    const result = await enroll(['--auth', 'basic']);
    expect([result.code, result.json().error.code]).toEqual([4, 'LOGON_UNSUPPORTED']);
    expectUntouched(lab);
  });
});

test.each([
  ['--auth ntlm', ['--auth', 'ntlm'], {}],
  ['auto, which nobody has to name', [], {}],
  ['with the user principal name', ['--auth', 'ntlm'], { LYNCAUTH_USER: 'alice@lab.test' }],
])('a card is enrolled by NTLM: %s', async (_, args, env) => {
  const before = answered().length;
  const submissions = lab.submissions();
  const result = await enroll([...args, '--replace', '--delete-old-key', '-v', '--trace'], env);
  expect(result.code, result.stderr).toBe(0);
  expect(result.json().result.status).toBe('issued');
  expectOneEnrollment(lab);
  expect(lab.submissions()).toBe(submissions + 1);
  const requests = answered().slice(before);
  // The connection is logged on once: no request after that is refused.
  expect(requests.filter((line) => / 401 /.test(line)).map((line) => line.split(' ', 1)[0])).toEqual(['GET', 'GET']);
  expect(requests.filter((line) => line.startsWith('POST /certsrv/certfnsh.asp 200'))).toHaveLength(1);
  for (const secret of [alice, Buffer.from(alice, 'utf16le').toString('hex')]) expect(result.stderr).not.toContain(secret);
  expect(result.stderr).not.toMatch(/TlRMTVNTUA/);
});
