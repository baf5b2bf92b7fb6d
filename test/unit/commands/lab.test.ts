/** `lyncauth lab` on a real SoftHSM, with the practice organisation really hosted. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { approve, deny, fault, type LabRunOptions, log, run } from '../../../src/commands/lab.js';
import type { Context } from '../../../src/context.js';

/** Asks the practice CA with curl-like bytes: openssl makes the request, node posts it. */
const ENROLL = `
const { execFileSync } = require('node:child_process');
const { readFileSync, writeFileSync } = require('node:fs');
const { request } = require('node:https');
const env = process.env;
const csr = execFileSync('openssl', ['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=x'], { stdio: ['ignore', 'pipe', 'ignore'] });
const body = new URLSearchParams({ Mode: 'newreq', CertRequest: csr.toString(), CertAttrib: 'CertificateTemplate:' + process.argv[1] }).toString();
const auth = env.LYNCAUTH_USER + ':' + readFileSync(env.LYNCAUTH_PASSWORD_FILE, 'utf8').trim();
const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
request(env.LYNCAUTH_CA + '/certfnsh.asp', { method: 'POST', auth, ca: readFileSync(env.LYNCAUTH_CA_FILE), headers }, (response) => response.resume())
  .end(body);
`;

let work: string;
let notes: string[];
let context: Context;

beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'lyncauth-lab-command-'));
  notes = [];
  const env = { ...process.env, LYNCAUTH_MODULE: '/nonexistent.so', LYNCAUTH_TEMPLATE: 'Other', HTTPS_PROXY: 'http://127.0.0.1:1' };
  // lab uses no more than these of the context
  context = { env, now: () => new Date(), progress: { note: (text: string) => notes.push(text) } } as unknown as Context;
});

afterEach(() => {
  rmSync(work, { recursive: true });
});

/** Runs a shell script in the lab; returns the exit code and what the script wrote to the file $OUT names. */
async function inLab(script: string, options: Partial<LabRunOptions> = {}): Promise<{ code: number | undefined; output: string }> {
  const file = join(work, 'out');
  writeFileSync(file, '');
  const outcome = await run(context, { ...options, command: ['sh', '-c', `exec > "$0" 2>&1; ${script}`, file] });
  return { code: outcome.exitCode, output: readFileSync(file, 'utf8') };
}

/** A lab with one pending request, its number 83. */
async function labWithPendingRequest(): Promise<string> {
  const dir = join(work, 'lab');
  const options = { dir, command: [process.execPath, '-e', ENROLL, 'SmartcardUserApproval'] };
  expect((await run(context, options)).exitCode).toBe(0);
  return dir;
}

describe('lab run', () => {
  it('says on standard error that it is the practice organisation', async () => {
    await inLab('true');
    expect(notes[0]).toMatch(/^practice organisation at https:\/\/localhost:\d+ \(not a real CA; nothing here is trusted by anybody\)$/);
  });

  it('ends with the exit code of the command and removes its directory', async () => {
    const { code, output } = await inLab('echo "$LYNCAUTH_LAB_DIR"; exit 46');

    expect(code).toBe(46);
    expect(output.trim()).not.toBe('');
    expect(existsSync(output.trim())).toBe(false);
  });

  it('sets everything that enroll and sign-in need, and no setting of the real world', async () => {
    const { output } = await inLab(
      'env | grep -E "^(LYNCAUTH|SOFTHSM2)_" | LC_ALL=C sort; cat "$LYNCAUTH_PIN_FILE" "$LYNCAUTH_PASSWORD_FILE"; echo "$NO_PROXY"',
    );

    const dir = /^LYNCAUTH_LAB_DIR=(.*)$/m.exec(output)?.[1] ?? '';
    const origin = /https:\S+/.exec(notes[0] ?? '')?.[0];
    expect(output.split('\n').filter((line) => !line.startsWith('LYNCAUTH_MODULE='))).toEqual([
      'LYNCAUTH_AUTH=basic',
      `LYNCAUTH_CA=${origin}/certsrv`,
      'LYNCAUTH_CARD=Practice card',
      `LYNCAUTH_CA_FILE=${dir}/ca.pem`,
      `LYNCAUTH_CONFIG_DIR=${dir}/config`,
      `LYNCAUTH_LAB_DIR=${dir}`,
      `LYNCAUTH_PASSWORD_FILE=${dir}/password`,
      `LYNCAUTH_PIN_FILE=${dir}/pin`,
      `LYNCAUTH_SERVER=${origin}`,
      'LYNCAUTH_TRUST_DOMAIN=localhost',
      'LYNCAUTH_UPN=alice@lab.test',
      'LYNCAUTH_USER=LAB\\alice',
      `SOFTHSM2_CONF=${dir}/softhsm2.conf`,
      '735194',
      'Practice-alice-46',
      expect.stringMatching(/localhost,127\.0\.0\.1$/),
      '',
    ]);
    expect(output).toMatch(/^LYNCAUTH_MODULE=\/.*softhsm2.*$/m);
  });

  it('makes a card with the label asked for, once for each label', async () => {
    const dir = join(work, 'lab');
    for (const cardLabel of ['A', 'B', 'A']) await inLab('true', { dir, cardLabel });

    const { output } = await inLab('softhsm2-util --show-slots; echo "card: $LYNCAUTH_CARD"', { dir });
    expect(output.match(/Label: +[AB]\b/g)?.sort()).toEqual(['Label:            A', 'Label:            B']);
    expect(output).toContain('card: A');
  });

  it('puts lyncauth on PATH', async () => {
    const { output } = await inLab('command -v lyncauth; sed -n 2p "$(command -v lyncauth)"');
    expect(output).toMatch(/\/bin\/lyncauth\nexec '.*node.*' '.*\/bin\/lyncauth\.js' "\$@"\n$/);
  });

  it('keeps root, port and requests of a directory that is named', async () => {
    const dir = join(work, 'lab');
    const first = await inLab('cat "$LYNCAUTH_CA_FILE"; echo "$LYNCAUTH_CA"', { dir });
    const second = await inLab('cat "$LYNCAUTH_CA_FILE"; echo "$LYNCAUTH_CA"', { dir });
    expect(second.output).toBe(first.output);
  });

  it('leaves nothing that listens', async () => {
    const { output } = await inLab('echo "$LYNCAUTH_CA"');
    await expect(fetch(output.trim())).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });

  it('says which faults are on', async () => {
    await inLab('true', { fault: ['slow=10@submit', 'french'] });
    expect(notes.filter((note) => note.startsWith('practice fault: '))).toHaveLength(2);
  });

  it.each([
    ['an unknown fault', { fault: ['explode'], command: ['true'] }],
    ['no command', { command: [] }],
    ['a program that is not there', { command: ['lyncauth-no-such-program'] }],
  ])('refuses %s', async (_, options) => {
    await expect(run(context, options)).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('lab approve and lab deny', () => {
  it('issue and deny pending requests from another process', async () => {
    const dir = await labWithPendingRequest();
    const approved = await approve(context, { dir, id: '83' });

    expect(approved.result).toEqual({ requestId: '83', status: 'issued', account: 'LAB\\alice', template: 'SmartcardUserApproval' });
    expect(approved.text).toBe('lyncauth practice organisation: request 83 of LAB\\alice (SmartcardUserApproval) is issued');
    writeFileSync(join(work, 'user.pem'), JSON.parse(readFileSync(join(dir, 'requests/83.json'), 'utf8')).certificate);
    expect(execFileSync('openssl', ['verify', '-CAfile', join(dir, 'ca.pem'), join(work, 'user.pem')], { encoding: 'utf8' })).toContain(
      'OK',
    );
    await expect(deny(context, { dir, id: '83' })).rejects.toMatchObject({ code: 'REQUEST_NOT_FOUND' });
  });

  it('find their directory in the environment of the command that runs inside', async () => {
    const dir = await labWithPendingRequest();
    const inside = { ...context, env: { LYNCAUTH_LAB_DIR: dir } };

    expect((await deny(inside, { id: '83' })).result).toMatchObject({ status: 'denied' });
  });

  it.each(['', 'eighty-three', '../lab', '-1'])('refuse "%s" as a number', async (id) => {
    await expect(approve(context, { dir: work, id })).rejects.toMatchObject({
      code: 'USAGE',
      message: `not the number of a request: ${id}`,
    });
  });

  it('say what is missing outside of a lab', async () => {
    await expect(approve(context, { id: '83' })).rejects.toMatchObject({ code: 'USAGE', hint: expect.stringContaining('lab run') });
  });
});

describe('lab fault', () => {
  it('switches faults on and off, and lists them without a name', async () => {
    const dir = join(work, 'lab');
    await inLab('true', { dir });

    expect((await fault(context, { dir, names: ['denied', 'slow=20'] })).result).toEqual({ faults: ['denied', 'slow=20'] });
    const listed = await fault(context, { dir, names: [] });
    expect(listed.result).toMatchObject({ faults: ['denied', 'slow=20'], available: { denied: expect.stringContaining('denied') } });
    expect(listed.text).toMatch(/practice organisation, faults: denied, slow=20\n[\s\S]*cut-after-submit/);
    expect((await fault(context, { dir, names: ['none'] })).result).toEqual({ faults: [] });
  });
});

describe('lab fault outside of an organisation', () => {
  it('lists what there is, and switches nothing', async () => {
    const outside = { ...context, env: {} };
    const { result, text } = await fault(outside, { names: [] });
    expect(result).toMatchObject({ faults: [], available: { 'adfs-fail': expect.any(String) } });
    expect(text).toMatch(/^There are:\n {2}pending /);
    await expect(fault(outside, { names: ['pending'] })).rejects.toMatchObject({
      code: 'USAGE',
      message: 'no practice organisation named',
    });
  });
});

describe('lab log', () => {
  it('tells one submission from what was asked beside it, as data and as text', async () => {
    const dir = await labWithPendingRequest();
    const { result, text } = await log(context, { dir });

    expect(result.entries.map(({ event }) => event)).toEqual(['submitted', 'pending', 'http']);
    expect(text).toMatch(/^lyncauth practice organisation, log:\n.* request 83 submitted: SmartcardUserApproval for LAB\\alice\n/);
    expect(text).toMatch(/ POST \/certsrv\/certfnsh\.asp LAB\\alice 200 request 83$/);
  });
});
