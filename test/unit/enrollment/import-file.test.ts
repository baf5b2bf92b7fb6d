import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Context, SecretQuestion } from '../../../src/context.js';
import { type Handout, readHandout } from '../../../src/enrollment/import-file.js';
import { Secret } from '../../../src/secret.js';
import { bundleCertificates } from '../../../src/x509/issue-bundle.js';
import { handOut, handoutCa, keyPem, pem, pfx } from '../../support/handout.js';
import { tempDir } from '../../support/temp-dir.js';

const ca = handoutCa();
const kim = handOut(ca, 'p256');

/** Reads a file of this content, before somebody who gives `password`. */
async function read(content: string | Buffer, password = ''): Promise<{ handout: Handout; asked: SecretQuestion[] }> {
  const file = join(tempDir('handout'), 'kim.bin');
  writeFileSync(file, content);
  const asked: SecretQuestion[] = [];
  const secret = async (question: SecretQuestion) => {
    asked.push(question);
    return new Secret(password);
  };
  const handout = await readHandout({ prompter: { secret } } as unknown as Context, file, '/the/file');
  return { handout, asked };
}

test.each<[string, string | Buffer, Buffer[]]>([
  ['one in DER', kim.certificate, [kim.certificate]],
  ['PEM', pem(kim.certificate) + pem(ca.certificate), [kim.certificate, Buffer.from(ca.certificate)]],
  ['base64', kim.certificate.toString('base64'), [kim.certificate]],
  ['a PKCS#7', bundleCertificates([ca.certificate, kim.certificate]), [Buffer.from(ca.certificate), kim.certificate]],
])('certificates are read by content, not by name: %s', async (_what, content, certificates) => {
  const { handout, asked } = await read(content);
  expect(handout.certificates.map(({ der }) => der)).toEqual(certificates);
  expect([handout.keys, handout.keyAsText, asked]).toEqual([[], false, []]);
});

test('a private key in PEM is noticed, and not read', async () => {
  const { handout } = await read(keyPem(kim.key) + pem(kim.certificate));
  expect([handout.keys, handout.keyAsText]).toEqual([[], true]);
});

test('the password of a PKCS#12 file is asked for, and what is typed is tried at once', async () => {
  const { handout, asked } = await read(pfx(kim, 'open sesame'), 'open sesame');
  expect(handout.keys.map((key) => key.equals(kim.key))).toEqual([true]);
  expect(asked).toMatchObject([{ message: 'password of kim.bin', flag: '--password-file', file: '/the/file' }]);
  expect(asked[0]?.validate?.('open sesame')).toBe(true);
  expect(asked[0]?.validate?.('open')).toBe('the file has another password');
});

test('what a typed password has opened is not opened again', async () => {
  const file = join(tempDir('handout'), 'kim.pfx');
  writeFileSync(file, pfx(kim, 'open sesame'));
  const secret = async ({ validate }: SecretQuestion) => {
    expect([validate?.('open'), validate?.('open sesame')]).toEqual(['the file has another password', true]);
    return new Secret('of no use any more');
  };
  const { keys } = await readHandout({ prompter: { secret } } as unknown as Context, file, undefined);
  expect(keys.map((key) => key.equals(kim.key))).toEqual([true]);
});

test('nobody is asked for a password that there is not', async () => {
  const { handout, asked } = await read(pfx(kim, ''));
  expect([handout.keys.length, asked]).toEqual([1, []]);
});

test('a wrong password is told as such, and not repeated', async () => {
  await expect(read(pfx(kim, 'right'), 'wrong-word')).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
    message: expect.stringMatching(/kim\.bin cannot be imported: the password is wrong$/),
    hint: 'ask whoever handed the file out for its password; it is not the PIN of the card',
  });
});

test.each<[string, string | Buffer, string]>([
  ['too large', Buffer.alloc(1024 * 1024 + 1), 'it has 1048577 bytes, more than 1 MiB'],
  ['empty', '', 'cannot be imported: '],
  ['something else', 'Dear Kim,', 'cannot be imported: '],
  ['cut off', pfx(kim, 'right').subarray(0, 300), 'it is damaged, or no PKCS#12 file'],
  ['a key alone', pfx(kim, 'right', { args: ['-nocerts'] }), 'it holds a private key, but no certificate'],
  [
    'protected in a way that is not supported',
    pfx(kim, 'right', { args: ['-provider', 'legacy', '-provider', 'default', '-keypbe', 'PBE-SHA1-RC2-128'] }),
    'its encryption (RC2 with 128 bits) is of a kind that lyncauth does not read',
  ],
])('a file that is %s is refused', async (_what, content, reason) => {
  await expect(read(content, 'right')).rejects.toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringContaining(reason) });
});

test('what is no file is refused', async () => {
  const context = { prompter: {} } as Context;
  const folder = tempDir('handout');
  for (const [path, reason] of [
    [join(folder, 'kim.pfx'), 'there is no such file'],
    [folder, 'it is not a regular file'],
  ] as const) {
    await expect(readHandout(context, path, undefined)).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: `${path} cannot be imported: ${reason}`,
    });
  }
});
