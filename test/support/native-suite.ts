/** What the programs of test/fixtures/native must find out, the same for the addon as installed and for one compiled with sanitizers. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { NativePrograms } from './native-program.js';
import { createToken } from './softhsm.js';

export interface NativeCounts {
  /** Keys that are made, used and removed. */
  keys: number;
  /** Keys that are only made and removed, four times. */
  churn: number;
  /** Secure contexts. */
  contexts: number;
  /** Worker threads one after the other. */
  workers: number;
  /** Calls with random arguments for each function, and changed PEM texts. */
  fuzz: number;
  /** Watched calls in each of four threads. */
  calls: number;
}

const MiB = 1024 * 1024;
const THREW = 'ERR_SSL_THE_SIGNER_THREW_AN_ERROR';
const NO_SIGNATURE = 'ERR_SSL_THE_SIGNER_RETURNED_NO_SIGNATURE_OF_THIS_KEY';
const OTHER_THREAD = 'ERR_SSL_THE_KEY_BELONGS_TO_ANOTHER_THREAD';
const REMOVED = 'ERR_SSL_THE_KEY_WAS_REMOVED';
const REJECTED = 'ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR';
/** Any error with a code, as OpenSSL and Node name theirs. */
const CODED: unknown = expect.stringMatching(/^ERR_[A-Z]/);
const hello = (name: string) => `hello ${name}`;

/** `measured` is false where memory is not the addon's own, as under a sanitizer. */
export function defineNativeSuite(programs: () => NativePrograms, counts: NativeCounts, { measured }: { measured: boolean }): void {
  test.concurrent('every kind of key shakes hands under TLS 1.2 and 1.3, and 40 at once, with one key, one context, and a key each', async () => {
    const facts = await programs().run('handshakes', { count: 40 });
    const kinds = ['rsa', 'p256', 'p384', 'p521'];
    expect(facts.single).toEqual(
      Object.fromEntries(kinds.flatMap((kind) => ['TLSv1.2', 'TLSv1.3'].map((version) => [`${kind} ${version}`, hello(kind)]))),
    );
    expect([facts.sharedKey, facts.sharedContext]).toEqual([{ 'hello rsa': 40 }, { 'hello rsa': 40 }]);
    expect(facts.manyKeys).toEqual(Object.fromEntries(kinds.map((kind) => [hello(kind), 10])));
  });

  test.concurrent('a key that does not belong to the certificate, was removed, or is used off its thread is refused, and nothing else is', async () => {
    const facts = await programs().run('handshakes', { count: 1 });
    expect([facts.mismatch, facts.afterwards]).toEqual(['ERR_OSSL_X509_KEY_VALUES_MISMATCH', 'hello rsa']);
    expect([facts.otherType, facts.unknown]).toEqual([CODED, CODED]);
    expect(facts.pooled).toMatch(/^refused/);
    expect(facts.mixed).toEqual({ 'hello rsa': 20, refused: 20 });
    expect(facts.queues).toEqual({ private: 3 });
  });

  test.concurrent('memory does not follow the number of secure contexts', async () => {
    const count = counts.contexts;
    const { made, used, samples } = await programs().run('contexts', { count, useEvery: count / 30, sampleEvery: count / 12 });
    expect([made, used]).toEqual([count, 30]);
    if (!measured) return;
    const late = (samples as { made: number; rss: number }[]).filter((sample) => sample.made >= count / 3).map(({ rss }) => rss);
    expect(Math.max(...late) - Math.min(...late)).toBeLessThan(10 * MiB);
  });

  test.concurrent('keys are made, used and removed in hundreds; a removed one signs no more and leaves nothing in memory', async () => {
    const facts = await programs().run('keys', { count: counts.keys, churn: counts.churn });
    expect(facts.answers).toEqual({ hello: counts.keys });
    expect(facts.removals).toEqual({ true: counts.keys, false: counts.keys });
    expect(facts.orphans).toEqual({ [REMOVED]: 10 });
    expect(facts.collected).toBeGreaterThanOrEqual(counts.keys - 1);
    expect(facts.twice).toBe('refused');
    if (measured) expect(Math.max(...facts.grown)).toBeLessThan(2 * MiB);
  });

  test.concurrent('what a signer throws or returns fails its own handshake and leaves nothing behind', async () => {
    const { endings, queues, afterwards } = await programs().run('signers');
    expect(Object.keys(endings).sort()).toEqual([NO_SIGNATURE, REJECTED, THREW].sort());
    const named = (ending: string) => [...new Set((endings[ending] as string[]).map((name) => name.replace(/^\S+ \S+ /, '')))].sort();
    expect(named(THREW)).toEqual(['throwsError', 'throwsNull', 'throwsProxy', 'throwsSymbol', 'throwsText', 'throwsUndefined']);
    expect(named(REJECTED)).toEqual(['one', 'short', 'wrong', 'zero']);
    expect(endings[THREW].length + endings[REJECTED].length + endings[NO_SIGNATURE].length).toBe(4 * 30);
    expect(queues).toEqual(['private']);
    expect(afterwards).toEqual(['hello rsa', 'hello rsa', 'hello p256']);
  });

  test.concurrent('a signer can change the keys, make contexts and handshakes, sign with its own key, and use any view of its bytes', async () => {
    const { special, ...facts } = await programs().run('unusual-signers');
    const failing: Record<string, string> = { removesItselfAndThrows: THREW, keepsRequest: REJECTED, destroysSocket: 'closed' };
    for (const [name, answer] of Object.entries(special))
      expect([name, answer]).toEqual([name, failing[name.split(' ')[0] ?? ''] ?? 'hello rsa']);
    expect(facts).toEqual({ recursion: 'refused', deep: true, nested: 'hello rsa', afterwards: ['hello rsa', 'hello p256'], held: true });
  });

  test.concurrent('worker threads have keys of their own, and end with keys, contexts and signatures alive', async () => {
    const facts = await programs().run('workers', { rounds: counts.workers });
    expect(facts.own).toEqual({ 'hello rsa': 26, 'hello p256': 6 });
    expect([facts.foreignThere, facts.foreignHere, facts.foreignRemoved]).toEqual([OTHER_THREAD, OTHER_THREAD, 'false']);
    // A later thread may get the mark of one that ended.
    expect([OTHER_THREAD, REMOVED]).toContain(facts.orphan);
    expect(facts).toMatchObject({ stillMine: 'hello rsa', exits: [1, 0], rounds: { 1: counts.workers }, removed: true });
    expect(facts.orphanKey).toBe(facts.unknownKey);
    expect(facts.stuck).toEqual({ wait: 1, spin: 1, exit: 0, recurse: 1 });
    expect(facts.afterwards).toEqual(['hello rsa', 'hello rsa,hello rsa,hello p256,hello p256']);
  });

  test.concurrent('the addon can be loaded by a worker thread alone, which ends', async () => {
    const own = ['hello rsa', 'hello rsa', 'hello p256', 'hello p256'];
    const facts = await programs().run('worker-only');
    expect(facts).toMatchObject({ first: own, second: own, firstOrphan: CODED, software: 'hello rsa', unknown: CODED, here: 'hello p256' });
    expect([OTHER_THREAD, REMOVED]).toContain(facts.held);
    expect(facts.verified).toBe(true);
  });

  test.concurrent.each(['signer', 'alive', 'waiting', 'busy', 'children', 'idle'])(
    'the process ends in good order: %s',
    async (scenario) => {
      expect(await programs().run('exits', { scenario }, { exitCode: 7 })).toEqual({ scenario });
    },
  );

  test.concurrent('arguments of every kind are refused with an Error or taken, and nothing crashes', async () => {
    const facts = await programs().run('arguments', { rounds: counts.fuzz, seed: 1 + Math.floor(Math.random() * 2 ** 31) });
    expect(facts.notErrors).toEqual([]);
    // Without a code: what getters and revoked proxies throw by themselves.
    const known = ['ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_VALUE', 'ERR_LYNCAUTH_DUPLICATE_KEY', 'Error', 'TypeError', 'returned'];
    expect(Object.keys(facts.answers).filter((answer) => !known.includes(answer))).toEqual([]);
    expect(facts.afterwards).toEqual(['hello rsa', 'hello rsa']);
  });

  test.concurrent('public keys that are none and PEM that is not quite ours are errors', async () => {
    const facts = await programs().run('odd-keys', { rounds: counts.fuzz, seed: 1 + Math.floor(Math.random() * 2 ** 31) });
    for (const answer of Object.keys(facts.answers)) expect(answer).toMatch(/^(ERR_INVALID_ARG_(TYPE|VALUE)|returned|used: ERR_OSSL_\w+)$/);
    for (const answer of Object.keys(facts.read)) expect(answer).toMatch(/^(returned|ERR_\w+|Error|TypeError)$/);
    expect(facts.places).toEqual([...Array(6).fill('hello rsa'), 'hello p256']);
    expect(facts.afterwards).toEqual(['hello rsa', 'hello p384', 'hello rsa']);
  });

  test.concurrent('calls are watched in thousands and from several threads, and the one that hangs ends the process', async () => {
    const facts = await programs().run('watchdog', { count: counts.calls }, { exitCode: 42, stderr: 'it hangs\n' });
    expect(facts).toEqual({ here: counts.calls, there: Array(3).fill(counts.calls), texts: 'as they were when the call began' });
  });

  test.concurrent('a SoftHSM key signs 40 handshakes at once; closed, logged out and finalised under the signer, each error names itself', async () => {
    const token = createToken();
    try {
      const file = join(programs().dir, 'rsa.key');
      writeFileSync(file, programs().material.clients.rsa.key, { mode: 0o600 });
      const command = ['--import', file, '--token', token.label, '--label', 'rsa', '--id', '01', '--pin', token.pin];
      execFileSync('softhsm2-util', command, { env: { ...process.env, ...token.env }, stdio: 'pipe' });
      const options = { module: token.modulePath, label: token.label, pin: token.pin, count: 40 };
      const facts = await programs().run('card', options, { env: token.env });
      const both = ['hello rsa', 'hello rsa'];
      expect(facts.atOnce).toEqual({ 'hello rsa': 40 });
      expect(facts).toMatchObject({ 'after closed': both, 'after logged out': both, 'after finalised': both, 'after within': both });
      for (const name of ['closed', 'logged out', 'finalised']) expect(facts[name].answers).toEqual([THREW, THREW]);
      expect(facts.closed.errors).toEqual(['CKR_SESSION_HANDLE_INVALID', 'CKR_SESSION_HANDLE_INVALID']);
      expect(facts['logged out'].errors.join()).toMatch(/^CKR_\w+,CKR_\w+$/);
      expect(facts.finalised.errors).toEqual(['CKR_CRYPTOKI_NOT_INITIALIZED', 'CKR_CRYPTOKI_NOT_INITIALIZED']);
      expect(facts.within).toEqual({ answers: [THREW], errors: ['CKR_CRYPTOKI_NOT_INITIALIZED'] });
    } finally {
      token.remove();
    }
  });
}
