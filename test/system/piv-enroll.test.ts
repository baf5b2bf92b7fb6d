/** A PIV card enrolled through Yubico's driver, where the holder of the management key makes keys: one run; then signed in with through OpenSC. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ALICE, asked, certificateIn, enrollPiv, expectIssued } from '../support/piv-enroll.js';
import { startPivLab } from '../support/piv-lab.js';
import { secretFile } from '../support/secret-files.js';
import { shared } from '../support/shared.js';

describe('a card as its maker ships it', () => {
  const piv = shared(
    () => startPivLab({}),
    (lab) => lab.stop(),
  );

  test('a dry run says where the key goes and asks the card for nothing', async () => {
    piv.card.clearLog();
    const planned = await enrollPiv(piv, ['--dry-run']);
    expect(planned.json().result, planned.stderr).toMatchObject({
      status: 'planned',
      request: { slot: { id: '01', name: '9A', before: null } },
    });
    expect([asked(piv, 'verify'), asked(piv, 'proveManagementKey')]).toEqual([0, 0]);
  });

  test('is enrolled in 9A with PIN and management key in one run; the driver names the key', async () => {
    const enrolled = await enrollPiv(piv, ['--name', 'Work card']);
    expectIssued(piv, enrolled, '9a');
    expect(enrolled.json().result).toMatchObject({ key: { id: '01', type: 'rsa2048' }, replaced: [] });
    expect(enrolled.stderr).toContain('names keys and certificates itself: --name is not used');
    expect(piv.card.state().pin.left).toBe(3);
  });

  test('run again it changes nothing', async () => {
    piv.card.clearLog();
    expect((await enrollPiv(piv)).json().result).toMatchObject({ status: 'unchanged', certificate: { upn: ALICE } });
    expect(asked(piv, 'generateKeyPair')).toBe(0);
  });

  test('signs in through OpenSC', async () => {
    const signedIn = await piv.run('opensc', ['sign-in', ALICE]);
    expect(signedIn.json().result, signedIn.stderr).toMatchObject({ signedIn: true, address: ALICE });
    expect((await piv.run('opensc', ['sign-out'])).code).toBe(0);
  });

  test('an occupied slot is not touched without --replace: 2 before anybody is asked for anything', async () => {
    // not enrolled for him, so a new key would be needed
    const [before, log] = [piv.card.state(), piv.lab.log().length];
    piv.card.clearLog();
    for (const dryRun of [[], ['--dry-run']]) {
      const refused = await enrollPiv(piv, ['--upn', 'bob@lab.test', ...dryRun]);
      expect([refused.code, refused.json().error.code]).toEqual([2, 'INPUT_REQUIRED']);
      expect(refused.json().error.message).toContain(`slot 9A of card`);
      expect(refused.json().error.hint).toContain('give --replace, and the old key is lost');
    }
    expect(piv.card.state()).toEqual(before);
    expect([asked(piv, 'verify'), piv.lab.log().length]).toEqual([0, log]);
  });

  test('nor is its certificate by one for the same key; --replace keeps it in a file', async () => {
    const [old, before] = [certificateIn(piv, '9a'), piv.card.state()];
    const bob = ['--upn', 'bob@lab.test', '--key', 'existing'];
    const refused = await enrollPiv(piv, [...bob, '--key-id', '01']);
    expect([refused.code, refused.json().error.code], refused.stdout).toEqual([2, 'INPUT_REQUIRED']);
    expect(refused.json().error.message).toContain(`slot 9A of card`);
    for (const args of [bob, ['--key-type', 'p256']]) {
      const named = await enrollPiv(piv, [...args, '--replace'], { env: { LYNCAUTH_KEY_ID: '01' } });
      expect([named.code, named.json().error.hint], named.stdout).toEqual([2, expect.stringContaining('give --key-id 01')]);
    }
    expect(piv.card.state()).toEqual(before);
    const replaced = await enrollPiv(piv, ['--replace', '--key', 'existing', '--key-id', '01']);
    expect(expectIssued(piv, replaced, '9a').fingerprint256).not.toBe(old.fingerprint256);
    const [saved, ...more] = replaced.json().result.replaced;
    expect([saved, more]).toMatchObject([{ keyId: '01', keyRemoved: false, keyKeptFor: 'certificate' }, []]);
    expect(readFileSync(saved.savedTo, 'utf8')).toBe(old.toString());
  });

  test('--replace makes another key there, warns that the old one dies, and keeps its certificate in a file', async () => {
    const old = certificateIn(piv, '9a');
    const replaced = await enrollPiv(piv, ['--replace', '--key-type', 'p384']);
    const now = expectIssued(piv, replaced, '9a');
    expect(now.fingerprint256).not.toBe(old.fingerprint256);
    expect(replaced.stderr).toContain('the old key is lost for ever when the new one is made');
    const [saved, ...more] = replaced.json().result.replaced;
    expect(more).toEqual([]);
    expect(saved).toMatchObject({ keyId: '01', keyRemoved: true, keyKeptFor: null });
    expect(readFileSync(saved.savedTo, 'utf8')).toBe(old.toString());
  });

  test('is enrolled in 9C, whose key wants the PIN each time, for --key-id 02; what it replaces in 9A goes, and its key stays', async () => {
    const old = certificateIn(piv, '9a').fingerprint256;
    const enrolled = await enrollPiv(piv, ['--replace', '--key-id', '02', '--key-type', 'p256']);
    expectIssued(piv, enrolled, '9c');
    expect(enrolled.json().result.replaced).toMatchObject([
      { sha256: old.replaceAll(':', '').toLowerCase(), keyId: '01', keyRemoved: false, keyKeptFor: 'slot' },
    ]);
    expect([Object.keys(piv.card.state().keys).sort(), piv.card.state().objects['5fc105']]).toEqual([['9a', '9c'], undefined]);
    for (const driver of ['opensc', 'ykcs11'] as const) {
      const signedIn = await piv.run(driver, ['sign-in', ALICE]);
      expect(signedIn.json().result, signedIn.stderr).toMatchObject({ signedIn: true, address: ALICE });
      expect((await piv.run(driver, ['sign-out'])).code).toBe(0);
    }
  });

  test('the key that is left in 9A is certified with --key existing', async () => {
    const enrolled = await enrollPiv(piv, ['--replace', '--key', 'existing', '--key-id', '01']);
    expectIssued(piv, enrolled, '9a');
    expect(enrolled.json().result.key).toEqual({ id: '01', type: 'p384' });
  });

  test('has its PIN changed before the key is made with --pin-change now', async () => {
    const newPin = secretFile(piv.lab.dir, 'new-pin', '60718293');
    const enrolled = await enrollPiv(piv, ['--replace', '--key-type', 'p256', '--pin-change', 'now', '--new-pin-file', newPin]);
    expectIssued(piv, enrolled, '9a');
    expect(piv.card.state().pin).toMatchObject({ value: '60718293', left: 3 });
  });
});

describe('through OpenSC', () => {
  const piv = shared(
    () => startPivLab({}),
    (lab) => lab.stop(),
  );

  test.each([[[]], [['--dry-run']], [['--replace']], [['--key', 'existing']]])(
    'enroll %j is refused before anybody is asked',
    async (args) => {
      piv.card.clearLog();
      const log = piv.lab.log().length;
      const refused = await piv.run('opensc', ['enroll', '--yes', ...args]);
      expect([refused.code, refused.json().error.code], refused.stdout).toEqual([3, 'CARD_UNSUPPORTED']);
      expect(refused.json().error.hint).toContain('--driver ykcs11');
      expect([asked(piv, 'verify'), piv.lab.log().length]).toEqual([0, log]);
    },
  );
});
