import { rmSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { loadModule } from '../../../src/pkcs11/module.js';
import { changePin, login } from '../../../src/pkcs11/pin.js';
import { selectReader } from '../../../src/pkcs11/select.js';
import { initToken } from '../../../src/pkcs11/token-init.js';
import { formatUri } from '../../../src/pkcs11/uri.js';
import { Secret } from '../../../src/secret.js';
import { openCard } from '../../support/card.js';
import { createEmptyToken, softhsmModule } from '../../support/softhsm.js';

const pin = new Secret('24680135');
const soPin = new Secret('13572468');

function emptyDirectory(): void {
  const { dir, conf } = createEmptyToken();
  onTestFinished(() => rmSync(dir, { recursive: true }));
  process.env.SOFTHSM2_CONF = conf;
}

function load() {
  const module = loadModule(softhsmModule());
  onTestFinished(() => module.close());
  return module;
}

test.each(['Alice', 'Zoë', '日本語カード', 'x'.repeat(32), ''])('a token with the label %j has exactly that label', (label) => {
  emptyDirectory();
  initToken(softhsmModule(), { label, pin, soPin });
  const reader = selectReader(load().readers(), undefined);
  expect(reader.token).toMatchObject({ label, initialized: true, pin: { state: 'ok' } });
  expect(formatUri(reader.token as never)).not.toContain('%00');
});

test('the new token takes the user PIN', () => {
  emptyDirectory();
  initToken(softhsmModule(), { label: 'Alice', pin, soPin });
  const module = load();
  const session = module.openSession(selectReader(module.readers(), 'Alice'), 'read-write');
  login(session, pin);
  expect(() => changePin(session, soPin, new Secret('1234567'))).toThrowError(expect.objectContaining({ code: 'PIN_INCORRECT' }));
});

test('each call makes one more token', () => {
  emptyDirectory();
  initToken(softhsmModule(), { label: 'Alice', pin, soPin });
  initToken(softhsmModule(), { label: 'Alice', pin, soPin });
  expect(
    load()
      .readers()
      .map(({ token }) => token?.label),
  ).toEqual(['Alice', 'Alice', '']);
});

test('a label of more than 32 bytes is refused', () => {
  emptyDirectory();
  expect(() => initToken(softhsmModule(), { label: 'é'.repeat(17), pin, soPin })).toThrowError(expect.objectContaining({ code: 'USAGE' }));
});

test('a module in use in this process is left alone', () => {
  const { module } = openCard();
  expect(() => initToken(module.path, { label: 'Alice', pin, soPin })).toThrowError(expect.objectContaining({ code: 'DRIVER_FAILED' }));
  expect(module.readers()).toHaveLength(2);
});

test('a module that is not there is a typed error', () => {
  expect(() => initToken('/nonexistent.so', { label: 'Alice', pin, soPin })).toThrowError(
    expect.objectContaining({ code: 'MODULE_NOT_FOUND' }),
  );
});
