/** A person at a terminal whose card is missing, or has several certificates, or none that fits. */
import { generateKeyPairSync } from 'node:crypto';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readRoot } from '../../src/lab/authority-files.js';
import { issueCertificate } from '../../src/x509/issue-certificate.js';
import { OID } from '../../src/x509/oids.js';
import { CTRL_C, openProgram, shellCode, unanswered } from '../support/dialog.js';
import type { Terminal } from '../support/pty.js';
import { addCertificates } from '../support/raw-card.js';
import { secretFile } from '../support/secret-files.js';
import { useSignInLab } from '../support/signed-in.js';
import { tempDir } from '../support/temp-dir.js';

const DAY = 24 * 3600 * 1000;
/** Extended key usage emailProtection. */
const EMAIL = '1.3.6.1.5.5.7.3.4';
const DOWN = '\x1b[B';
const lab = useSignInLab({ faultModule: true });

afterEach(() => lab.card.rules([]));

function open(args: string[] = [], more: Record<string, string> = {}): Terminal {
  return openProgram(['sign-in', ...args], { env: { ...unanswered(lab, ['PIN_FILE', 'CARD']), ...more }, columns: 200 });
}

/** The card's module under the name of another driver, by which the kind of card is known. */
function moduleNamed(name: string): { LYNCAUTH_MODULE: string } {
  const dir = tempDir('driver');
  symlinkSync(lab.card.modulePath, join(dir, name));
  return { LYNCAUTH_MODULE: join(dir, name) };
}

test('a physical card that is not there yet is asked and waited for', async () => {
  lab.card.rules(['card absent']);
  const person = open(['alice@lab.test'], moduleNamed('opensc-pkcs11.so'));
  await person.waitFor('insert your smart card');
  lab.card.rules([]);
  await person.waitFor('signed in as Alice Example');
  expect(await person.exit()).toEqual({ code: 0, signal: null });
});

test('the PIN that new cards of this kind have is told where it is known', async () => {
  const person = openProgram(['sign-in', 'alice@lab.test'], {
    env: { ...unanswered(lab, ['CARD']), ...moduleNamed('libykcs11.so') },
    columns: 200,
  });
  await person.waitFor('Unless support gave you another one, a new YubiKey has the PIN 123456.');
  person.write(CTRL_C);
  expect(shellCode(await person.exit())).toBe(130);
  expect(person.raw()).not.toContain('12345678');
});

test('a virtual card is part of the computer: it is not waited for', async () => {
  const virtual = moduleNamed('libtpm2_pkcs11.so');
  lab.card.rules(['card absent']);
  const person = open(['alice@lab.test'], virtual);
  expect(await person.exit()).toEqual({ code: 3, signal: null });
  expect(person.raw()).not.toContain('insert your smart card');
  lab.card.rules([]);
  await person.close();
  const there = open(['alice@lab.test'], virtual);
  await there.waitFor('signed in as Alice Example');
  expect(await there.exit()).toEqual({ code: 0, signal: null });
});

test('of several certificates that fit the person chooses one, whose user signs in', async () => {
  const password = secretFile(lab.dir, 'bobs-password', 'Practice-bob-46');
  const enrolled = await lab.enroll(['--user', 'LAB\\bob', '--upn', 'bob@lab.test', '--password-file', password]);
  expect(enrolled.code, enrolled.stderr).toBe(0);
  const person = open();
  await person.waitFor('Which certificate signs in?');
  await person.waitFor('bob@lab.test, from ');
  await person.waitFor('alice@lab.test, from ');
  person.write(`${DOWN}\r`);
  await person.waitFor(/Sign-in address.*alice@lab\.test/);
  person.write('\r');
  await person.waitFor('signed in as Alice Example');
  expect(await person.exit()).toEqual({ code: 0, signal: null });
  await person.close();
  // The one of the address is meant, without a question.
  const direct = open(['bob@lab.test']);
  await direct.waitFor('signed in as Bob Example');
  expect(await direct.exit()).toEqual({ code: 0, signal: null });
  expect(direct.raw()).not.toContain('Which certificate');
  const unattended = await lab.run(['sign-in', '--json', '--no-input', '--forget-first']);
  expect(unattended.json().error).toMatchObject({ code: 'INPUT_REQUIRED', hint: expect.stringContaining('--key-id') });
});

test('when none fits the reason of each is said', async () => {
  const root = readRoot(lab.dir);
  lab.token.add({ label: 'Old card' });
  const publicKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' });
  const certificate = (index: number, content: { upn?: string; extendedKeyUsage: string[]; notAfter: Date }) => {
    const notBefore = new Date(Date.now() - 30 * DAY);
    const value = issueCertificate({ subject: 'CN=Old', publicKey, notBefore, keyUsage: ['digitalSignature'], ...content }, root);
    return { id: `0${index}`, label: `old ${index}`, value };
  };
  const later = new Date(Date.now() + DAY);
  addCertificates({ ...lab.token, label: 'Old card' }, [
    certificate(1, { upn: 'expired@lab.test', extendedKeyUsage: [OID.clientAuth], notAfter: new Date(Date.now() - DAY) }),
    certificate(2, { upn: 'mail@lab.test', extendedKeyUsage: [EMAIL], notAfter: later }),
    certificate(3, { extendedKeyUsage: [OID.clientAuth], notAfter: later }),
  ]);
  const person = open(['alice@lab.test', '--card', 'Old card']);
  await person.waitFor('card "Old card" has no certificate that can sign in: ');
  const screen = () => person.screen().replace(/\s+/g, ' ');
  expect(await person.exit()).toEqual({ code: 3, signal: null });
  expect(screen()).toMatch(/that of expired@lab\.test expired on \d{4}-\d\d-\d\d/);
  expect(screen()).toContain('that of mail@lab.test is not for signing in');
  expect(screen()).toContain('that of CN=Old names no user (no user principal name)');
  expect(screen()).toContain('hint: lyncauth enroll');
});
