/** `lyncauth enroll --auth negotiate` at a practice CA behind apache and mod_auth_gssapi, with a ticket that the card itself got from MIT's KDC. */
import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { accounts } from '../../src/lab/accounts.js';
import { type CaFrontEnd, startCaFrontEnd } from '../support/ca-front-end.js';
import type { CliResult } from '../support/cli.js';
import { expectOneEnrollment } from '../support/enrolled-card.js';
import { kinit } from '../support/kerberos-client.js';
import type { TestLab } from '../support/lab.js';
import { createAuthority } from '../support/loopback-https.js';
import { type MitKdc, startMitKdc } from '../support/mit-kdc.js';
import { writeNtlmUsers } from '../support/ntlm-judges.js';
import { shared } from '../support/shared.js';
import { startSignInLab } from '../support/signed-in.js';

const authority = createAuthority();

interface Desk {
  lab: TestLab;
  kdc: MitKdc;
  front: CaFrontEnd;
}

const desk: Desk = shared(
  async () => {
    const lab = await startSignInLab();
    const kdc = await startMitKdc({ labDir: lab.dir, users: ['alice'] });
    return { lab, kdc, front: await startFront(lab, kdc) };
  },
  async ({ lab, kdc, front }) => {
    await front.stop();
    await kdc.stop();
    await lab.stop();
  },
);

/** Takes Kerberos tickets only. */
async function startFront(lab: TestLab, kdc: MitKdc): Promise<CaFrontEnd> {
  const caFile = lab.env.LYNCAUTH_CA_FILE ?? '';
  const front = await startCaFrontEnd({
    identity: authority.identity(),
    origin: new URL(lab.env.LYNCAUTH_CA ?? '').origin,
    caFile,
    gssapi: (dir) => {
      // Apache runs as somebody else when root starts it.
      writeFileSync(join(dir, 'service.keytab'), readFileSync(kdc.keytab('HTTP/localhost')), { mode: 0o644 });
      return [`GssapiCredStore keytab:${dir}/service.keytab`, 'GssapiAllowedMech krb5', 'GssapiBasicAuth Off'];
    },
    environment: (dir) => {
      copyFileSync(kdc.configuration, join(dir, 'krb5.conf'));
      // The list of tickets that were seen would be kept outside the folder.
      return { KRB5_CONFIG: join(dir, 'krb5.conf'), KRB5RCACHENAME: 'none:' };
    },
    remoteUsers: ({ upn }) => [upn],
  });
  appendFileSync(caFile, authority.pem);
  return front;
}

/** Takes NTLM only, but does not say so: it offers Negotiate as well. */
function startNtlmFront(lab: TestLab): Promise<CaFrontEnd> {
  return startCaFrontEnd({
    identity: authority.identity(),
    origin: new URL(lab.env.LYNCAUTH_CA ?? '').origin,
    caFile: lab.env.LYNCAUTH_CA_FILE ?? '',
    gssapi: () => ['GssapiAllowedMech ntlmssp', 'GssapiConnectionBound On', 'GssapiBasicAuth Off'],
    environment: (dir) => {
      writeNtlmUsers(join(dir, 'ntlm-users'), [{ domain: 'LAB', user: 'alice', password: accounts[0]?.password ?? '' }], 0o644);
      return { NTLM_USER_FILE: join(dir, 'ntlm-users') };
    },
  });
}

/** The requests for certificates that apache let through: path, status, and whom it took the user for. */
function taken(front: CaFrontEnd): string[] {
  const lines = readFileSync(join(front.dir, 'access.log'), 'utf8').split('\n');
  return lines.filter((line) => /^POST \S+ 200 /.test(line)).map((line) => line.replace(/ \d+$/, ''));
}

/** Renews the certificate. No password is to be had anywhere. */
function renew(args: string[], env: Record<string, string>): Promise<CliResult> {
  const none = { LYNCAUTH_AUTH: undefined, LYNCAUTH_PASSWORD_FILE: undefined, LYNCAUTH_USER: undefined };
  const more = { ...none, KRB5_CONFIG: desk.kdc.configuration, ...env };
  return desk.lab.enroll(['--ca', desk.front.url, '--replace', '--delete-old-key', ...args], { env: more });
}

test('the card gets a ticket, with which its certificate is renewed: nobody is asked for a password', async () => {
  const before = expectOneEnrollment(desk.lab).keyId;
  const { cache, principal } = await kinit(desk.kdc, desk.lab.token, ['alice@lab.test']);
  expect(principal).toBe('alice@lab.test');
  const result = await renew(['--auth', 'negotiate'], { KRB5CCNAME: `FILE:${cache}` });
  expect(result.code, result.stdout + result.stderr).toBe(0);
  expect(expectOneEnrollment(desk.lab).keyId).not.toBe(before);
  expect(taken(desk.front)).toEqual(['POST /certsrv/certfnsh.asp 200 alice@lab.test']);
});

test('auto takes the ticket where the server does, and else goes on with NTLM on another connection', async () => {
  const { cache } = await kinit(desk.kdc, desk.lab.token, ['alice@lab.test']);
  const { LYNCAUTH_USER = '', LYNCAUTH_PASSWORD_FILE = '' } = desk.lab.env;
  const password = { LYNCAUTH_USER, LYNCAUTH_PASSWORD_FILE, KRB5CCNAME: `FILE:${cache}` };
  const before = taken(desk.front).length;
  expect((await renew([], password)).code).toBe(0);
  expect(taken(desk.front).slice(before)).toEqual(['POST /certsrv/certfnsh.asp 200 alice@lab.test']);
  const front = await startNtlmFront(desk.lab);
  onTestFinished(() => front.stop());
  const result = await renew(['--ca', front.url], password);
  expect(result.code, result.stdout + result.stderr).toBe(0);
  expect(taken(front)).toEqual(['POST /certsrv/certfnsh.asp 200 LAB\\\\alice']);
});

test('without a ticket it ends with 4 before anything is sent to the CA', async () => {
  const submissions = desk.lab.submissions();
  const result = await renew(['--auth', 'negotiate'], { KRB5CCNAME: `FILE:${join(desk.lab.dir, 'no-tickets')}` });
  expect(result.code, result.stdout).toBe(4);
  expect(result.json().error).toMatchObject({ code: 'LOGON_UNSUPPORTED', hint: expect.stringContaining('kinit') });
  expect(desk.lab.submissions()).toBe(submissions);
});
