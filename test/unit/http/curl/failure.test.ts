import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { curlFailure, mayHaveSent, withoutPin } from '../../../../src/http/curl/failure.js';
import { BUILD_ADDON_HINT } from '../../../../src/native.js';
import { Secret } from '../../../../src/secret.js';

const pin = new Secret('73,91/ä"5');
const run = { url: new URL('https://adfs.example.com/x'), proxy: undefined, pin, connectMs: 10_000, timeoutMs: 60_000 };
const proxy = new URL('http://me:hidden@proxy.example.com:3128');
const report = (connected: boolean, status = '000') => `\n\nlyncauth ${connected ? '0.012' : '0.000'} ${status}\n`;
const fail = (code: number | null, stderr: string, more = {}) => curlFailure({ code, stderr }, { ...run, ...more });

describe('the exit code', () => {
  test.each([
    [6, 'NETWORK', 'the name adfs.example.com cannot be found'],
    [7, 'NETWORK', 'adfs.example.com cannot be connected to'],
    [28, 'TIMEOUT', 'adfs.example.com could not be connected to within 10 seconds'],
    [51, 'TLS_UNTRUSTED', 'adfs.example.com shows another certificate than the one that was verified before'],
    [60, 'TLS_UNTRUSTED', 'adfs.example.com shows another certificate than the one that was verified before'],
    [58, 'CARD_FAILED', 'curl cannot use the key on the card: no luck'],
    [59, 'NETWORK', 'curl, which talks to adfs.example.com in place of the addon, failed: no luck'],
  ])('%i before TLS is up is %s, and nothing was sent', (code, type, message) => {
    expect(fail(code, `curl: (${code}) no luck${report(false)}`)).toMatchObject({
      code: type,
      message,
      details: { requestSent: false, curl: code },
    });
  });

  test.each([
    [1, 'NETWORK', 'adfs.example.com does not answer in HTTP'],
    [28, 'TIMEOUT', 'adfs.example.com did not answer in full within 60 seconds'],
    [52, 'NETWORK', 'the connection to adfs.example.com was cut before its answer was complete (ECONNRESET)'],
    [56, 'NETWORK', 'the connection to adfs.example.com was cut before its answer was complete (ECONNRESET)'],
  ])('%i when TLS was up is %s, and the request may have been read', (code, type, message) => {
    expect(fail(code, `curl: (${code}) no luck${report(true)}`)).toMatchObject({ code: type, message, details: { requestSent: true } });
  });

  test('53 names the package with the engine', () => {
    const error = fail(53, "curl: (53) SSL Engine 'pkcs11' not found\n");
    expect(error).toMatchObject({
      code: 'ADDON_MISSING',
      hint: `install the package libengine-pkcs11-openssl, or build the addon: ${BUILD_ADDON_HINT}`,
      details: { requestSent: false },
    });
  });

  test('2 means a curl that does not know our options', () => {
    const error = fail(2, "curl: option --suppress-connect-headers: is unknown\ncurl: try 'curl --help'\n");
    expect(error).toMatchObject({
      code: 'ADDON_MISSING',
      message: expect.stringContaining('it says "option --suppress-connect-headers: is unknown"'),
    });
  });

  test('58 tells a key that does not fit its certificate', () => {
    expect(fail(58, `curl: (58) unable to set private key${report(false)}`).code).toBe('KEY_MISMATCH');
  });

  test('35 shows what the server objected to in the handshake', () => {
    const said = 'OpenSSL SSL_connect: error:0A00042E:SSL routines::tlsv1 alert protocol version, errno 0';
    const error = fail(35, `curl: (35) ${said}${report(false)}`);
    expect(error).toMatchObject({
      code: 'NETWORK',
      message: expect.stringContaining('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'),
      hint: 'ask who runs the server to allow TLS 1.2 and TLS 1.3',
    });
  });

  test('35 with a handshake failure names the key exchange that curl was not to take, where the server had no other', () => {
    const said = 'error:0A000410:SSL routines::sslv3 alert handshake failure, errno 0';
    expect(fail(35, `curl: (35) ${said}${report(false)}`, { signedExchange: false })).toMatchObject({
      code: 'NETWORK',
      message: expect.stringContaining('static RSA'),
      hint: expect.stringContaining('ECDHE'),
      details: { requestSent: false },
    });
    expect(fail(35, `curl: (35) ${said}${report(false)}`, { signedExchange: true }).hint).toContain('which cipher suites');
  });

  test.each([
    ['a handshake (OpenSSL 3)', 'error:0A000412:SSL routines::sslv3 alert bad certificate, errno 0', false, 'bad_certificate'],
    ['a handshake (OpenSSL 1.1.1)', 'error:14094418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca', false, 'unknown_ca'],
    [
      'a connection',
      'OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate required, errno 0',
      true,
      'certificate_required',
    ],
    ['a connection', 'error:0A000410:SSL routines::sslv3 alert handshake failure, errno 0', true, 'handshake_failure'],
  ])('35 and 56 with an alert about our certificate that ends %s: %s', (_, said, connected, alert) => {
    const error = fail(connected ? 56 : 35, `curl: (${connected ? 56 : 35}) ${said}${report(connected)}`);
    expect(error).toMatchObject({ code: 'CLIENT_CERTIFICATE_REFUSED', details: { alert, requestSent: connected } });
  });

  test('35 with an alert that need not be about our certificate is a network error', () => {
    const said = 'error:0A000410:SSL routines::sslv3 alert handshake failure, errno 0';
    expect(fail(35, `curl: (35) ${said}${report(false)}`).code).toBe('NETWORK');
  });

  test('35 with an error of the engine is the card', () => {
    const error = fail(35, `curl: (35) error:80000005:PKCS#11 module::General Error${report(false)}`);
    expect(error).toMatchObject({ code: 'CARD_FAILED', message: 'curl cannot sign with the key on the card: General Error' });
  });
});

describe('a proxy', () => {
  test('is named, without its password, when it cannot be reached', () => {
    expect(fail(5, `curl: (5) no${report(false)}`, { proxy }).message).toBe('the name of the proxy proxy.example.com cannot be found');
    expect(fail(7, `curl: (7) no${report(false)}`, { proxy }).message).toBe('the proxy proxy.example.com:3128 cannot be connected to');
  });

  test('is named when it refuses', () => {
    const error = fail(56, `curl: (56) CONNECT tunnel failed, response 407${report(false, '407')}`, { proxy });
    expect(error).toMatchObject({
      code: 'NETWORK',
      message: expect.stringContaining('refused to connect to adfs.example.com (status 407)'),
    });
  });

  test('is named when its certificate is not trusted', () => {
    const own = new URL('https://proxy.example.com');
    expect(fail(60, `curl: (60) no${report(false)}`, { proxy: own })).toMatchObject({
      code: 'TLS_UNTRUSTED',
      message: expect.stringContaining('the proxy proxy.example.com is not trusted'),
    });
  });
});

describe('whether the server may have read the request', () => {
  test.each([
    ['a report', 35, report(false), false],
    ['a report', 56, report(true), true],
    ['no report, and a code from before the connection', 53, '', false],
    ['no report', 56, '', true],
    ['no report, and a signal', null, '', true],
  ])('is told by %s (%s)', (_, code, stderr, sent) => {
    expect(mayHaveSent({ code, stderr })).toBe(sent);
  });
});

describe('the PIN', () => {
  test('is in no part of an error, whatever a library prints', () => {
    const encoded = encodeURIComponent(pin.reveal());
    const full = Buffer.from(pin.reveal()).toString('hex').replace(/../g, '%$&');
    for (const form of [pin.reveal(), encoded, full, full.toUpperCase(), `73%2C91/ä"%35`]) {
      const shown = inspect(fail(58, `not found at: pkcs11:serial=1?pin-value=${form}\ncurl: (58) it was ${form} here${report(false)}`), {
        depth: 9,
      });
      expect(shown).not.toContain(form);
      expect(shown).toContain('it was *** here');
    }
  });

  test('is hidden by its name, whatever it is', () => {
    expect(withoutPin('pkcs11:a?pin-value=%31%32&x=1', pin)).toBe('pkcs11:a?pin-value=***&x=1');
  });

  // The last one: the redactor remembers every PIN, and some are words of other tests.
  test('is hidden in every mixture of plain and percent-encoded characters', () => {
    const pins = fc.string({ unit: 'grapheme', minLength: 4, maxLength: 16 }).filter((text) => /^[^*\s]+$/.test(text));
    fc.assert(
      fc.property(pins, fc.array(fc.nat(2), { minLength: 16, maxLength: 16 }), (text, how) => {
        const mixed = [...text].map((character, index) => {
          const bytes = Buffer.from(character, 'utf8').toString('hex').replace(/../g, '%$&');
          return [character, bytes, bytes.toUpperCase()][how[index % how.length] ?? 0];
        });
        expect(withoutPin(`before ${mixed.join('')} after`, new Secret(text))).toBe('before *** after');
      }),
    );
  });
});
