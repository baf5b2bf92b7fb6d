import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { expectOneEnrollment, expectUntouched } from '../support/enrolled-card.js';
import { startLab, type TestLab } from '../support/lab.js';
import { createAuthority } from '../support/loopback-https.js';

// Every enrollment here must leave the card as it was, so one card serves all.
let lab: TestLab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
afterEach(() => lab.faults());

describe('a denied request', () => {
  test('ends with 7, the HRESULT and plain words, and leaves no key', async () => {
    lab.faults('denied');
    const before = lab.submissions();
    const result = await lab.enroll(['--key-type', 'p256']);
    expect(result.code, result.stderr).toBe(7);
    const { error } = result.json();
    expect(error).toMatchObject({ code: 'CA_DENIED', details: { hresult: '0x80094012', requestId: expect.stringMatching(/^\d+$/) } });
    expect(error.message).toContain('this account has no Enroll permission for the template (0x80094012)');
    expect(error.hint).toContain(error.details.requestId);
    expect(lab.submissions()).toBe(before + 1);
    expectUntouched(lab);
  });

  test('is told in the same words where the pages are French', async () => {
    lab.faults('denied', 'french');
    const result = await lab.enroll(['--key-type', 'p256']);
    expect(result.code, result.stderr).toBe(7);
    expect(result.json().error.message).toContain('this account has no Enroll permission for the template (0x80094012)');
    expectUntouched(lab);
  });

  test('an unknown template is 0x80094800', async () => {
    const result = await lab.enroll(['--key-type', 'p256', '--template', 'Smartcard User']);
    expect(result.code, result.stderr).toBe(7);
    expect(result.json().error).toMatchObject({ code: 'CA_DENIED', details: { hresult: '0x80094800' } });
    expect(result.json().error.message).toContain('give the name, not the display name');
    expectUntouched(lab);
  });
});

describe('a certificate that is not right is not installed, also with --yes', () => {
  test.each([
    ['wrong-key', "it is for another key than the card's"],
    ['wrong-user', 'it is for another user: bob@lab.test instead of alice@lab.test'],
    ['no-upn', 'it is for another user: nobody (it has no user principal name) instead of alice@lab.test'],
    ['expired-certificate', 'it expired on'],
  ])('%s', async (fault, words) => {
    lab.faults(fault);
    const result = await lab.enroll(['--key-type', 'p256']);
    expect(result.code, result.stderr).toBe(1);
    expect(result.json().error.code).toBe('CERTIFICATE_REFUSED');
    expect(result.json().error.message).toContain(`the certificate that the CA issued was not installed: ${words}`);
    expectUntouched(lab);
  });

  test('foreign-issuer: it waits for a person who knows the issuer, or drops it', async () => {
    lab.faults('foreign-issuer');
    const result = await lab.enroll(['--key-type', 'p256']);
    expect([result.code, result.json().error.code]).toEqual([1, 'ISSUER_UNKNOWN']);
    expect(result.json().error.hint).toContain('--issuer-ca FILE');
    expect(lab.journal()).toMatchObject([{ step: 'issued' }]);
    const again = await lab.enroll(['--key-type', 'p256']);
    expect([again.code, again.json().error.code]).toEqual([1, 'ISSUER_UNKNOWN']);
    expect((await lab.enroll(['--abandon'])).code).toBe(0);
    expectUntouched(lab);
  });

  test('one of an issuer that --issuer-ca does not name, until the right one is named', async () => {
    const own = await startLab();
    try {
      const file = join(own.dir, 'other-root.pem');
      writeFileSync(file, createAuthority().pem);
      const result = await own.enroll(['--key-type', 'p256', '--issuer-ca', file]);
      expect([result.code, result.json().error.code]).toEqual([1, 'ISSUER_UNKNOWN']);
      const right = await own.enroll(['--key-type', 'p256', '--issuer-ca', own.env.LYNCAUTH_CA_FILE ?? '']);
      expect([right.code, right.json().result.status]).toEqual([0, 'issued']);
      expect(own.submissions()).toBe(1);
    } finally {
      await own.stop();
    }
  });
});

describe('a CA that misbehaves after the key was made', () => {
  test.each([
    ['error-page', 'SERVER_ERROR'],
    ['redirect@submit', 'REDIRECT_REFUSED'],
  ])('%s: nothing was taken, and the next run goes on with the same key', async (fault, code) => {
    const own = await startLab();
    try {
      own.faults(fault);
      const failed = await own.enroll(['--key-type', 'p256']);
      expect(failed.code).toBe(9);
      expect(failed.json().error).toMatchObject({ code, details: { requestSent: false } });
      const [open] = own.journal();
      expect(open.step).toBe('key-made');
      own.faults();
      const result = await own.enroll();
      expect(result.code, result.stderr).toBe(0);
      expect(expectOneEnrollment(own).keyId).toBe(open.keyId);
      expect(own.submissions()).toBe(1);
    } finally {
      await own.stop();
    }
  });

  test.each(['server-error@retrieve', 'huge-body@retrieve', 'redirect@retrieve', 'server-error@chain', 'slow=20000@retrieve'])(
    '%s: the certificate is fetched by the next run',
    async (fault) => {
      const own = await startLab();
      try {
        own.faults(fault);
        const failed = await own.enroll(['--key-type', 'p256', '--timeout', '2']);
        expect(failed.code, failed.stderr).toBe(9);
        own.faults();
        const result = await own.enroll();
        expect(result.code, result.stderr).toBe(0);
        expectOneEnrollment(own);
        expect(own.submissions()).toBe(1);
      } finally {
        await own.stop();
      }
    },
  );
});
