/** Registering the provider disturbs nothing: what Node does with keys, certificates and TLS is the same with it and without. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createNativePrograms, type NativePrograms } from '../support/native-program.js';

let programs: NativePrograms;
// biome-ignore lint/suspicious/noExplicitAny: facts of many shapes; the tests compare them
let without: any;

beforeAll(async () => {
  programs = createNativePrograms();
  without = await programs.run('side-effects');
});
afterAll(() => programs.remove());

test('without the provider everything works: what the other tests compare with', () => {
  expect(without.keys).toMatchObject({
    rsa: { pem: true, signs: true },
    p521: { jwk: 'true' },
    ed25519: { signs: true },
    pss: true,
    encrypts: true,
  });
  expect(without.agreement).toMatchObject({ prime256v1: true, secp521r1: true, dh: true });
  expect(without.certificates).toMatchObject({ verified: [true, true, true], refused: [false, false], matches: [true, false] });
  expect(without.web).toMatchObject({
    pss: { verified: [true, true, true] },
    ecdsa: { verified: [true, true, true] },
    oaep: true,
    ecdh: true,
  });
  expect(without.connections).toMatchObject({ 'rsa TLSv1.3': 'hello rsa', 'p384 TLSv1.2': 'hello p384', pfx: 'hello rsa' });
});

test.each([
  ['first, before anything else used OpenSSL', 'first'],
  ['after everything was used once', 'between'],
])('the same facts with the provider registered %s', async (_, register) => {
  expect(await programs.run('side-effects', { register })).toEqual(without);
});

test('the same facts with the provider beside the legacy one', async () => {
  const flags = ['--openssl-legacy-provider'];
  const legacy = await programs.run('side-effects', {}, { flags });
  expect(await programs.run('side-effects', { register: 'first' }, { flags })).toEqual(legacy);
});

test('a key of ours gives no private half away and does nothing but sign, each refusal an error', async () => {
  const refused = await programs.run('refusals');
  for (const kind of ['rsa', 'p256', 'p384', 'p521']) {
    const { type, belongs, foreign, equals, ...others } = refused[kind];
    expect([type, belongs, foreign, equals]).toEqual(['private', 'true', 'false', 'false']);
    for (const [action, answer] of Object.entries(others)) expect(`${action}: ${answer}`).toMatch(/: (Error|TypeError|ERR_\w+)$/);
  }
});
