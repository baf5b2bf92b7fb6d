import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CurlSettings, curlConfig, fitsConfig, keyUri, readReport } from '../../../../src/http/curl/config.js';
import { redact, Secret } from '../../../../src/secret.js';

const MODULE = '/usr/lib/card.so';

function settings(changes: Partial<CurlSettings> = {}): CurlSettings {
  return {
    method: 'GET',
    url: new URL('https://adfs.example.com/adfs/ls?wa=1'),
    headers: {},
    body: undefined,
    proxy: undefined,
    connectMs: 10_000,
    timeoutMs: 60_000,
    maxVersion: undefined,
    keyType: 'ENG',
    key: new Secret('pkcs11:serial=1;type=private?pin-value=%31'),
    files: { certificate: '/private/card.pem', server: '/private/server.pem', folder: '/private' },
    ...changes,
  };
}

/** Reads a configuration as curl(1) describes it under --config. Each option with its values, as bytes. */
function read(config: Buffer): Map<string, Buffer[]> {
  const options = new Map<string, Buffer[]>();
  for (const line of config.toString('latin1').split('\n')) {
    const [, name, quoted] = /^([a-z0-9.-]+)(?: = "((?:[^"\\]|\\.)*)")?$/s.exec(line) ?? [];
    if (name === undefined) {
      expect(line).toBe('');
      continue;
    }
    const meant: Record<string, string> = { t: '\t', n: '\n', r: '\r', v: '\v' };
    const value = (quoted ?? '').replace(/\\(.)/gs, (_, character: string) => meant[character] ?? character);
    options.set(name, [...(options.get(name) ?? []), Buffer.from(value, 'latin1')]);
  }
  return options;
}

const text = (options: Map<string, Buffer[]>, name: string): string[] | undefined =>
  options.get(name)?.map((value) => value.toString('utf8'));

describe('the configuration', () => {
  test('gives every body without a NUL to curl byte for byte', () => {
    const bytes = fc.uint8Array({ min: 1, maxLength: 300 }).map((array) => Buffer.from(array));
    const nasty = fc
      .string({ unit: fc.constantFrom('\\', '"', '\n', '\r', '\t', '\v', ' ', '=', '#', '@', '%', 'é') })
      .map((all) => Buffer.from(all));
    fc.assert(
      fc.property(fc.oneof(bytes, nasty), (body) => {
        const options = read(curlConfig(settings({ method: 'POST', body })));
        expect(options.get('data-raw')).toEqual([body]);
        expect([...options.keys()]).toEqual([...read(curlConfig(settings({ method: 'POST' }))).keys()]);
      }),
    );
  });

  test('trusts the one certificate, and no folder of roots beside it', () => {
    const options = read(curlConfig(settings()));
    expect(text(options, 'cacert')).toEqual(['/private/server.pem']);
    expect(text(options, 'capath')).toEqual(['/private']);
  });

  test('keeps curl to verified HTTPS of at least TLS 1.2, without redirects', () => {
    const options = read(curlConfig(settings()));
    expect(text(options, 'proto')).toEqual(['=https']);
    expect(options.has('tlsv1.2')).toBe(true);
    expect(options.has('tls-max')).toBe(false);
    for (const name of ['insecure', 'location', 'netrc', 'verbose', 'trace']) expect(options.has(name)).toBe(false);
  });

  test('takes no key exchange that proves the server too late', () => {
    expect(text(read(curlConfig(settings())), 'ciphers')).toEqual(['DEFAULT:!kRSA']);
  });

  test.each(['https://good.example//evil.example/x', 'https://good.example/\\\\evil.example/x', 'https://good.example//evil.example'])(
    'asks the host that was meant: %s',
    (address) => {
      const [url = ''] = text(read(curlConfig(settings({ url: new URL(address) }))), 'url') ?? [];
      expect(new URL(url)).toMatchObject({ host: 'good.example', pathname: new URL(address).pathname });
    },
  );

  test('caps TLS at 1.2 when it is asked to', () => {
    expect(text(read(curlConfig(settings({ maxVersion: 'TLSv1.2' }))), 'tls-max')).toEqual(['1.2']);
  });

  test('escapes a colon in the path of the certificate, behind which curl would look for a password', () => {
    const files = { certificate: '/odd/a:b\\c/card.pem', server: '/s', folder: '/f' };
    expect(text(read(curlConfig(settings({ files }))), 'cert')).toEqual(['/odd/a\\:b\\\\c/card.pem']);
  });

  test('uses no proxy but the one it is given', () => {
    expect(text(read(curlConfig(settings())), 'noproxy')).toEqual(['*']);
    const options = read(curlConfig(settings({ proxy: new URL('http://me:p%40ss@proxy.example.com:3128') })));
    expect(text(options, 'proxy')).toEqual(['http://me:p%40ss@proxy.example.com:3128/']);
    expect(options.has('noproxy')).toBe(false);
    expect(options.has('suppress-connect-headers')).toBe(true);
  });

  test('sends the headers that were given and takes away those that curl adds', () => {
    const headers = { 'user-agent': 'lyncauth', Cookie: 'a="b\\c"', 'X-Empty': '' };
    expect(text(read(curlConfig(settings({ headers }))), 'header')).toEqual([
      'Accept:',
      'Content-Type:',
      'Expect:',
      'user-agent: lyncauth',
      'Cookie: a="b\\c"',
      'X-Empty;',
    ]);
  });

  test.each([{ 'X-A': 'b\r\nX-C: d' }, { 'X-A\nurl': 'b' }, { '@/etc/passwd': 'b' }])('takes no header that is none: %j', (headers) => {
    expect(() => curlConfig(settings({ headers }))).toThrow(TypeError);
  });

  test('takes no value that the syntax cannot hold, and does not show it', () => {
    for (const body of [Buffer.from('hidden\0hidden'), Buffer.alloc(200_000, 'hidden')]) {
      expect(() => curlConfig(settings({ method: 'POST', body }))).toThrow(
        /^the value of curl's option data-raw is too long, or has a NUL/,
      );
    }
  });

  test('keeps user information and fragment of an address out', () => {
    const options = read(curlConfig(settings({ url: new URL('https://me:secret@host.example.com:8443/a/b?c=d#e') })));
    expect(text(options, 'url')).toEqual(['https://host.example.com:8443/a/b?c=d']);
  });
});

describe('a body', () => {
  test('fits the configuration when it is short and has no NUL', () => {
    expect(fitsConfig(Buffer.alloc(90_000, 'x'))).toBe(true);
    expect(fitsConfig(Buffer.alloc(90_000, '"'))).toBe(false);
    expect(fitsConfig(Buffer.alloc(200_000, 'x'))).toBe(false);
    expect(fitsConfig(Buffer.from([1, 0, 2]))).toBe(false);
  });

  test('that fits never makes a line that is too long', () => {
    fc.assert(
      fc.property(fc.integer({ min: 49_000, max: 100_000 }), fc.constantFrom('x', '"'), (length, character) => {
        const body = Buffer.alloc(length, character);
        if (fitsConfig(body)) expect(() => curlConfig(settings({ method: 'POST', body }))).not.toThrow();
      }),
      { numRuns: 20 },
    );
  });

  test('that does not fit is read from its file', () => {
    expect(text(read(curlConfig(settings({ method: 'POST', body: { path: '/private/body' } }))), 'data-binary')).toEqual([
      '@/private/body',
    ]);
  });

  test('of a POST may be empty or missing', () => {
    for (const body of [undefined, Buffer.alloc(0)]) {
      expect(text(read(curlConfig(settings({ method: 'POST', body }))), 'data-raw')).toEqual(['']);
    }
    expect(read(curlConfig(settings())).has('data-raw')).toBe(false);
  });
});

describe("the key's URI", () => {
  const uri = 'pkcs11:serial=1;id=%0a;type=private';

  test('adds the PIN to attributes that stand there already', () => {
    const key = keyUri({ modulePath: MODULE, uri: `${uri}?module-name=card`, pin: new Secret('2468') });
    expect(key.reveal()).toBe(`${uri}?module-name=card&pin-value=%32%34%36%38`);
  });

  test('is known to the redactor, and its PIN too', () => {
    const key = keyUri({ modulePath: MODULE, uri, pin: new Secret('86420') }).reveal();
    expect(redact(`not found: ${key}`)).toBe('not found: ***');
    expect(redact('pin-value=%38%36%34%32%30')).toBe('pin-value=***');
  });

  test('takes no PIN with a NUL', () => {
    expect(() => keyUri({ modulePath: MODULE, uri, pin: new Secret('12\x0034') })).toThrow(/NUL/);
  });

  // The last one: the redactor remembers every PIN, and some are words of other tests.
  test('carries every PIN, with every byte of it percent-encoded', () => {
    const pins = fc.string({ unit: 'grapheme', minLength: 4 }).filter((pin) => !pin.includes('\0'));
    fc.assert(
      fc.property(pins, (pin) => {
        const [before, value = ''] = keyUri({ modulePath: MODULE, uri, pin: new Secret(pin) })
          .reveal()
          .split('?pin-value=');
        expect(before).toBe(uri);
        expect(value).toMatch(/^(?:%[0-9a-f]{2})+$/);
        expect(decodeURIComponent(value)).toBe(Buffer.from(pin, 'utf8').toString('utf8'));
      }),
    );
  });
});

describe("curl's report", () => {
  test('tells whether TLS was up and what the proxy said', () => {
    expect(readReport('\nlyncauth 0.012345 200\n')).toEqual({ connected: true, proxyStatus: 200 });
    expect(readReport('curl: (7) no\n\nlyncauth 0.000000 000\n')).toEqual({ connected: false, proxyStatus: 0 });
  });

  test('is the last one, whatever was printed before', () => {
    expect(readReport('lyncauth 0.000000 000\nlyncauth 1,5 000\n')).toEqual({ connected: true, proxyStatus: 0 });
  });

  test('is missing when curl ended before', () => {
    expect(readReport("curl: (53) SSL Engine 'pkcs11' not found\n")).toBeUndefined();
  });
});
