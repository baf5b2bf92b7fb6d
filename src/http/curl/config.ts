/** The configuration that curl reads from its standard input, where nobody else can read it. Pure text; runs nothing and writes no file. */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { LyncauthError } from '../../errors.js';
import { Secret } from '../../secret.js';
import type { ClientIdentity } from '../../signer.js';
import type { KeyType } from './program.js';

export interface CurlSettings {
  method: 'GET' | 'POST';
  url: URL;
  headers: Readonly<Record<string, string>>;
  /** Bytes that stand in the configuration; a path for those that cannot (see fitsConfig). */
  body: Buffer | { path: string } | undefined;
  proxy: URL | undefined;
  connectMs: number;
  timeoutMs: number;
  maxVersion: 'TLSv1.2' | 'TLSv1.3' | undefined;
  keyType: KeyType;
  /** PKCS#11 URI with the PIN in it. */
  key: Secret;
  /** Paths of PEM files: the card's certificate and the only server certificate to trust. In `folder` OpenSSL finds no root: none is named by its hash. */
  files: { certificate: string; server: string; folder: string; proxyCa?: string | undefined };
}

/** curl refuses longer lines (100 KiB until 8.x); with room for the option's name. */
const LONGEST_LINE = 100_000;
/** Headers that curl adds by itself, and Node does not. */
const CURLS_OWN_HEADERS = ['User-Agent', 'Accept', 'Content-Type', 'Expect'];
/** Printed by curl on standard error when a transfer ended, well or not: seconds until TLS was up, and what the proxy answered. */
const REPORT = '%{stderr}\nlyncauth %{time_appconnect} %{http_connect}\n';
const REPORT_LINE = /^lyncauth (\d+[.,]\d+) (\d+)$/gm;

/**
 * The whole configuration. The server is the one whose certificate is in `files.server` or nobody: curl would otherwise go on trusting the
 * system's folder of roots beside --cacert, so that is replaced by an empty one.
 *
 * @throws LyncauthError INTERNAL for a value that the syntax cannot hold; TypeError for a header that is none.
 */
export function curlConfig(settings: CurlSettings): Buffer {
  const { files, method, body, proxy, maxVersion } = settings;
  const lines = [
    setting('cacert', files.server),
    setting('capath', files.folder),
    setting('cert', files.certificate.replace(/[\\:]/g, '\\$&')), // a colon would begin a password
    setting('engine', 'pkcs11'),
    setting('key-type', settings.keyType),
    setting('key', settings.key.reveal()),
    'tlsv1.2',
    // As with the addon: only a key exchange that is signed proves, before the card signs, that the server holds the key of its certificate.
    setting('ciphers', 'DEFAULT:!kRSA'),
    ...(maxVersion === 'TLSv1.2' ? [setting('tls-max', '1.2')] : []),
    ...proxySettings(proxy, files.proxyCa),
    setting('proto', '=https'),
    'http1.1',
    'globoff',
    'path-as-is',
    setting('url', addressOf(settings.url)),
    ...headerSettings(settings.headers),
    ...(method === 'POST' || body !== undefined ? bodySettings(body) : []),
    ...(method === 'GET' && body !== undefined ? [setting('request', method)] : []),
    setting('connect-timeout', String(settings.connectMs / 1000)),
    setting('max-time', String(settings.timeoutMs / 1000)),
    // The answer as it came over the wire, for a parser that knows all of it: with trailers behind the body curl alone would mix the two.
    'include',
    'raw',
    'no-buffer',
    'silent',
    'show-error',
    setting('write-out', REPORT),
  ];
  return Buffer.from(lines.map((line) => `${line}\n`).join(''), 'latin1');
}

/** Whether curl can read this body from its configuration: a line has an end, and a value has no NUL. */
export function fitsConfig(body: Buffer): boolean {
  return !body.includes(0) && quote(body).length < LONGEST_LINE - 100;
}

/**
 * The key on the card, with the PIN that opens it, every byte of it percent-encoded (RFC 7512 section 2.3).
 *
 * @throws LyncauthError CARD_UNSUPPORTED for a PIN with a NUL, at which PKCS#11 libraries written in C would end it.
 */
export function keyUri({ uri, pin }: NonNullable<ClientIdentity['external']>): Secret {
  const bytes = Buffer.from(pin.reveal(), 'utf8');
  if (bytes.includes(0)) throw new LyncauthError('CARD_UNSUPPORTED', 'the PIN has a NUL character in it, which curl cannot pass on');
  // Known to the redactor on its own: libraries print the URI when they fail.
  const encoded = new Secret(bytes.toString('hex').replace(/../g, '%$&'));
  return new Secret(`${uri}${uri.includes('?') ? '&' : '?'}pin-value=${encoded.reveal()}`);
}

export interface CurlReport {
  /** The server was verified and TLS is up: from here on it may have read the request. */
  connected: boolean;
  /** Status of the proxy's answer to CONNECT, 0 for none. */
  proxyStatus: number;
}

/** What curl reported of its transfer; undefined when it ended before one began, or was killed. */
export function readReport(stderr: string): CurlReport | undefined {
  const [, seconds, status] = [...stderr.matchAll(REPORT_LINE)].at(-1) ?? [];
  return seconds === undefined ? undefined : { connected: /[1-9]/.test(seconds), proxyStatus: Number(status) };
}

/** Without user information and fragment. Not made of path and origin: a path such as //host/x would be taken for another host. */
function addressOf(url: URL): string {
  return Object.assign(new URL(url), { username: '', password: '', hash: '' }).href;
}

function proxySettings(proxy: URL | undefined, ca: string | undefined): string[] {
  if (proxy === undefined) return [setting('noproxy', '*')];
  return [setting('proxy', proxy.href), 'suppress-connect-headers', ...(ca === undefined ? [] : [setting('proxy-cacert', ca)])];
}

function headerSettings(headers: CurlSettings['headers']): string[] {
  const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const removed = CURLS_OWN_HEADERS.filter((name) => !given.has(name.toLowerCase())).map((name) => `${name}:`);
  const sent = Object.entries(headers).map(([name, value]) => {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return value.trim() === '' ? `${name};` : `${name}: ${value}`;
  });
  return [...removed, ...sent].map((line) => setting('header', Buffer.from(line, 'latin1')));
}

function bodySettings(body: CurlSettings['body']): string[] {
  if (body === undefined || Buffer.isBuffer(body)) return [setting('data-raw', body ?? '')];
  return [setting('data-binary', `@${body.path}`)];
}

/** One line. Text is written as UTF-8; the answer has one character for each byte. */
function setting(option: string, value: string | Buffer): string {
  const line = `${option} = ${quote(typeof value === 'string' ? Buffer.from(value, 'utf8') : value)}`;
  if (line.includes('\0') || line.length > LONGEST_LINE) {
    throw new LyncauthError('INTERNAL', `the value of curl's option ${option} is too long, or has a NUL character in it`);
  }
  return line;
}

/** curl(1), --config: in double quotes \\, \", \t, \n, \r and \v stand for one character, everything else for itself. */
function quote(bytes: Buffer): string {
  const escapes: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\v': '\\v' };
  return `"${bytes.toString('latin1').replace(/[\\"\t\n\r\v]/g, (character) => escapes[character] ?? `\\${character}`)}"`;
}
