/** A virtual card, in a TPM: enrolled, signed in with and signed out by the built program at the practice organisation. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { KeyType } from '../../src/pkcs11/types.js';
import { startTpmCard, type TpmCard } from '../fixtures/tpm/tpm-card.js';
import { cardShownAt, expectCardSession, testCardInTls } from '../support/card-session.js';
import { openProgram } from '../support/dialog.js';
import { createFault, type Fault } from '../support/fault-module.js';
import type { Terminal } from '../support/pty.js';
import { type SignInLab, startSignInLab } from '../support/signed-in.js';

const ALICE = 'alice@lab.test';

let tpm: TpmCard;
let lab: SignInLab;

/** A TPM of its own, since one without a resource manager holds few objects. */
function useVirtualCard(type: KeyType): void {
  beforeAll(async () => {
    tpm = await startTpmCard();
    lab = await startSignInLab({ card: tpm, enroll: ['--key-type', type] });
  });
  afterAll(async () => {
    await lab.stop();
    await tpm.stop();
  });
}

describe.each(['rsa2048', 'p256'] as const)('a virtual card with a key of the kind %s', (type) => {
  useVirtualCard(type);

  test('is enrolled: the key and its certificate are in the TPM', async () => {
    const [{ token }] = (await lab.run(['cards', '--json', '--card', tpm.label])).json().result.readers;
    const [key] = token.keys;
    expect(token).toMatchObject({ kind: 'virtual', driver: 'tpm2-pkcs11', keys: [{ type }] });
    expect(token.certificates).toMatchObject([{ keyId: key.id, upn: ALICE, strongMapping: true }]);
  });

  test('is said to belong to this computer, by cards and by enroll', async () => {
    const cards = await lab.run(['cards', '--card', tpm.label]);
    const enroll = await lab.run(['enroll', '--no-input', '--yes']);
    for (const { code, stdout } of [cards, enroll]) {
      expect(stdout).toContain('this is a virtual card: it belongs to this computer');
      expect(code).toBe(0);
    }
  });

  test('cannot be marked for a change of its PIN at first use: it is refused before another key is made', async () => {
    const run = await lab.enroll(['--replace', '--key-type', type, '--pin-change', 'at-first-use']);
    expect(run.json().error).toMatchObject({
      code: 'CARD_UNSUPPORTED',
      message: expect.stringContaining('keeps no public data objects'),
    });
    expect(run.code, run.stderr).toBe(3);
    const [{ token }] = (await lab.run(['cards', '--json', '--card', tpm.label])).json().result.readers;
    expect([token.keys.length, token.certificates.length, lab.journal()]).toEqual([1, 1, []]);
  });

  testCardInTls(() => lab);
});

describe('a virtual card with an RSA key', () => {
  useVirtualCard('rsa2048');

  test('signs the message of WS-Trust where only that is offered', async () => {
    lab.faults('ws-trust=mixed');
    const log = await expectCardSession(lab, 'certificate');
    expect(cardShownAt(log)).toEqual([]);
    expect(log.at(-1)).toMatchObject({ path: '/adfs/services/trust/13/certificatemixed', account: 'LAB\\alice', status: 200 });
  });
});

describe('a virtual card that is not there', () => {
  useVirtualCard('rsa2048');
  let fault: Fault;

  beforeEach(() => {
    fault = createFault({ token: tpm });
    fault.rules(['card absent']);
  });
  afterEach(() => fault.remove());

  function signIn(args: string[], env: Record<string, string | undefined>): Terminal {
    return openProgram(['sign-in', ALICE, ...args], { env: { ...lab.env, ...env } });
  }

  test('is not waited for at a terminal: 3 at once', async () => {
    const terminal = signIn([], { ...fault.env, LYNCAUTH_MODULE: fault.modulePath });
    expect(await terminal.exit()).toEqual({ code: 3, signal: null });
    expect(terminal.screen()).toContain('lyncauth: error: there is no card in the reader');
    expect(terminal.screen()).not.toContain('insert your smart card');
  });

  test('is waited for with --wait', async () => {
    const terminal = signIn(['--wait', '60'], { ...fault.env, LYNCAUTH_MODULE: fault.modulePath });
    await terminal.waitFor('insert your smart card');
    fault.rules([]);
    await terminal.waitFor(`signed in as Alice Example (${ALICE})`);
    expect(await terminal.exit()).toEqual({ code: 0, signal: null });
  });

  test('because the TPM holds no card yet is 3 at once, and the driver is named', async () => {
    const empty = join(tpm.dir, 'empty');
    mkdirSync(empty);
    const terminal = signIn([], { TPM2_PKCS11_STORE: empty, LYNCAUTH_CARD: undefined });
    expect(await terminal.exit()).toEqual({ code: 3, signal: null });
    expect(terminal.screen()).toContain('lyncauth: error: the card in TPM 2.0 (tpm2-pkcs11) is not initialised');
  });
});
