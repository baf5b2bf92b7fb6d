import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redact, Secret } from '../../src/secret.js';

test('every conversion of a secret prints stars', () => {
  const secret = new Secret('84512097');
  expect(`${secret}`).toBe('***');
  expect(JSON.stringify({ pin: secret })).toBe('{"pin":"***"}');
  expect(inspect({ pin: secret })).not.toContain('84512097');
  expect(secret.reveal()).toBe('84512097');
});

test('length is counted in bytes of UTF-8, as a token counts it', () => {
  expect(new Secret('pässwörd').byteLength).toBe(10);
});

test('a redacted text contains the secret in none of the encodings it travels in', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 4, maxLength: 40 }), fc.string(), fc.string(), (value, before, after) => {
      new Secret(value);
      const forms = [
        value,
        encodeURIComponent(value),
        Buffer.from(value).toString('base64'),
        Buffer.from(value).toString('hex'),
        JSON.stringify(value),
      ];
      for (const form of forms) expect(redact(`${before}${form}${after}`)).not.toContain(value);
    }),
    { examples: [['pa ss"wö%rd', '', '']] },
  );
});

test('a password is redacted however a form or an address escapes it', () => {
  const value = "p!w'x (1)~ü&A*b";
  new Secret(value);
  const url = encodeURIComponent(value);
  const form = new URLSearchParams({ password: value }).toString();
  expect(form).toBe('password=p%21w%27x+%281%29%7E%C3%BC%26A*b');
  for (const text of [form, form.replaceAll('+', '%20'), `password=${url}`, `password=${url.replaceAll('%20', '+')}`]) {
    expect(redact(text)).toBe('password=***');
    expect(redact(text.replace(/%../g, (code) => code.toLowerCase()))).toBe('password=***');
  }
});

test('the password inside a Basic header is redacted', () => {
  new Secret('Xk7!practice');
  expect(redact(`Authorization: Basic ${Buffer.from('Xk7!practice').toString('base64')}`)).toBe('Authorization: Basic ***');
});
