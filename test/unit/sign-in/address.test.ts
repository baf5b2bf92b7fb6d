/** Sign-in addresses and servers as people write them. */
import { describe, expect, test } from 'vitest';
import type { LyncauthError } from '../../../src/errors.js';
import { discoveryRoot, parseAddress, parseServer } from '../../../src/sign-in/address.js';

describe('a sign-in address', () => {
  test.each([
    ['alice@lab.test', 'alice@lab.test'],
    ['  Alice@LAB.Test ', 'alice@lab.test'],
    ['sip:alice@lab.test', 'alice@lab.test'],
    ['SIPS:alice@lab.test.', 'alice@lab.test'],
    ["o'brien+x_y@sub.lab.test", "o'brien+x_y@sub.lab.test"],
    ['jörg@bücher.example', 'jörg@xn--bcher-kva.example'],
  ])('%j is %s', (text, expected) => {
    expect(parseAddress(text).text).toBe(expected);
  });

  test('is told apart into user and domain', () => {
    expect(parseAddress('alice@lab.test')).toEqual({ text: 'alice@lab.test', user: 'alice', domain: 'lab.test' });
  });

  test.each([
    '',
    'alice',
    '@lab.test',
    'alice@',
    'alice@lab',
    'alice@com.',
    'alice@10.0.0.1',
    'alice@[::1]',
    'alice@[fe80::1%x.a]',
    'alice@fe80::1%x.a',
    'alice@lab.test:5061',
    'alice@lab.test;transport=tls',
    'alice@lab.test/x',
    'alice@lab.test／x',
    'alice@lab.test?x',
    'alice@lab.test\\x',
    'alice@0x7f.1',
    'alice@lab..test',
    'alice@-lab.test',
    'al ice@lab.test',
    'alice@evil.test@lab.test',
    'alice\u0000@lab.test',
    'alice\r\nHost: x@lab.test',
    'https://lab.test',
    'LAB\\alice',
    `${'a'.repeat(400)}@lab.test`,
    `alice@${'a'.repeat(64)}.test`,
  ])('%j is refused', (text) => {
    expect(() => parseAddress(text)).toThrow(
      expect.objectContaining({ code: 'USAGE', hint: expect.stringContaining('alice@example.com') }),
    );
  });

  test('shows nothing of a bad one that a terminal would obey', () => {
    let message = '';
    try {
      parseAddress(`\u001b[2J\u202e${'x'.repeat(5000)}`);
    } catch (error) {
      message = (error as LyncauthError).message;
    }
    expect(message).toMatch(/^"\[2J x+…" is not a sign-in address$/);
    expect(message.length).toBeLessThan(250);
  });
});

describe('a server given by hand', () => {
  const ROOT = '/autodiscover/autodiscoverservice.svc/root';

  test.each([
    ['lync.lab.test', `https://lync.lab.test${ROOT}`],
    ['https://lync.lab.test:8443/', `https://lync.lab.test:8443${ROOT}`],
    ['https://lync.lab.test/some/page?x=1#y', `https://lync.lab.test${ROOT}`],
    ['https://lync.lab.test/Autodiscover/AutodiscoverService.svc/Root', 'https://lync.lab.test/Autodiscover/AutodiscoverService.svc/Root'],
    ['localhost:1234', `https://localhost:1234${ROOT}`],
  ])('%s leads to %s', (text, expected) => {
    expect(parseServer(text).href).toBe(expected);
  });

  test.each(['http://lync.lab.test', 'ftp://lync.lab.test', 'https://', 'a b', 'https://exa_mple..test'])('%j is refused', (text) => {
    expect(() => parseServer(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  test.each([
    'alice:geheim@lync.lab.test',
    'https://alice:geheim@lync.lab.test',
    'https://alice:x@geheim@lync.lab.test',
    'https://alice:x/geheim@lync.lab.test',
    'https://alice:1/geheim@lync.lab.test',
    'http://alice:geheim@lync.lab.test',
    'ge heim@lync.lab.test',
  ])('with a user name is not repeated: %s', (text) => {
    expect(() => parseServer(text)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: 'the address of the pool has a user name in it' }),
    );
  });

  test('keeps no query', () => {
    expect(discoveryRoot(new URL(`https://lync.lab.test${ROOT}?x=1`)).href).toBe(`https://lync.lab.test${ROOT}`);
  });
});
