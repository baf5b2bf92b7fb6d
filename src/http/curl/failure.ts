/** What curl's exit code and its last words mean, as the errors that every exchange has. Never shows what a PKCS#11 library printed: the PIN is in it. */
import { LyncauthError } from '../../errors.js';
import { BUILD_ADDON_HINT } from '../../native.js';
import { redact, type Secret } from '../../secret.js';
import { refusedByServer } from '../client-alert.js';
import { exchangeFailure, refusedByProxy, serverName, timedOut } from '../failure.js';
import { refusedExchange } from '../tls-mismatch.js';
import { type CurlReport, readReport } from './config.js';
import type { CurlEnd } from './process.js';
import { unusable } from './program.js';

export interface FailedRun {
  url: URL;
  proxy: URL | undefined;
  pin: Secret;
  connectMs: number;
  timeoutMs: number;
  /** Whether the server's key exchange was signed when everything was offered to it. */
  signedExchange?: boolean | undefined;
}

/** curl(1), EXIT CODES: those with which curl ends before it opens a connection, whatever else it prints. */
const BEFORE_CONNECTING = new Set([2, 3, 4, 26, 43, 48, 53, 54, 66]);
const ENGINE_MISSING = new Set([53, 54, 66]);
const CUT = new Set([16, 18, 52, 55, 56, 92]);
/** OpenSSL's error line: code, library, function, reason; see ERR_error_string(3). */
const OPENSSL_ERROR = /error:([0-9A-F]{8}):([^:]*):[^:]*:([^,\n]*)/i;
/** openssl/sslerr.h: an alert from the other side has its number, plus 1000, in the low bits of the code. */
const ALERT_OFFSET = 1000;
const LONGEST_TEXT = 300;

/** Whether the server may have read any byte of the request: known only from curl's report, or when curl ended before it connected. */
export function mayHaveSent({ code, stderr }: CurlEnd): boolean {
  const report = readReport(stderr);
  return report ? report.connected : code === null || !BEFORE_CONNECTING.has(code);
}

/** The error for a run that ended with another code than 0, with `details.requestSent` and, as `details.curl`, the exit code. */
export function curlFailure(end: CurlEnd, run: FailedRun): LyncauthError {
  const text = lastWords(end.stderr, run.pin);
  const error = explain(end, run, text);
  const typed = exchangeFailure(error, { url: run.url, requestSent: mayHaveSent(end) });
  const { code, message, hint, details } = typed;
  return new LyncauthError(code, message, {
    ...(hint !== undefined && { hint }),
    details: { ...details, curl: end.code },
    cause: new Error(text),
  });
}

/** `text` without the PIN, in clear or in any percent-encoding. */
export function withoutPin(text: string, pin: Secret): string {
  const characters = [...pin.reveal()].map((character) => {
    const encoded = Buffer.from(character, 'utf8').toString('hex').replace(/../g, '%$&');
    // The encoded form first: the plain one of a percent sign is a part of it.
    return `(?:${encoded}|${character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')})`;
  });
  const named = text.replace(/pin-value=[^\s&"']*/gi, 'pin-value=***');
  return redact(characters.length === 0 ? named : named.replace(new RegExp(characters.join(''), 'gi'), '***'));
}

/** What curl itself said; the lines of others are left out. */
function lastWords(stderr: string, pin: Secret): string {
  const [, words = 'no reason given'] = [...stderr.matchAll(/^curl: (?:\(\d+\) )?(.*)$/gm)].at(0) ?? [];
  return withoutPin(words, pin).slice(0, LONGEST_TEXT);
}

/** A LyncauthError, or an error with the code that Node gives to the same failure. */
function explain({ code, stderr }: CurlEnd, run: FailedRun, text: string): Error {
  const { url, proxy } = run;
  const server = serverName(url);
  const report = readReport(stderr);
  if (code !== null && ENGINE_MISSING.has(code)) return engineMissing();
  if (code !== null && BEFORE_CONNECTING.has(code)) return unusable(`it says "${text}"`);
  switch (code) {
    case 58:
      return keyFailed(stderr, text);
    case 5:
      return network(`the name of the proxy ${proxy?.hostname} cannot be found`, 'check HTTPS_PROXY and NO_PROXY');
    case 6:
      return asNode('ENOTFOUND', text);
    case 7: {
      const peer = proxy ? `the proxy ${serverName(proxy)}` : server;
      return network(`${peer} cannot be connected to`, 'check the name and port, and that the server is running');
    }
    case 28:
      return report?.connected
        ? timedOut(url, 'did not answer in full', run.timeoutMs)
        : timedOut(proxy ?? url, 'could not be connected to', Math.min(run.connectMs, run.timeoutMs));
    case 51:
    case 60:
      return untrusted(run, report);
    case 1:
    case 8:
      return asNode('HPE_INVALID_CONSTANT', text);
  }
  if (proxy && report && report.proxyStatus >= 300) return refusedByProxy(proxy, url, report.proxyStatus);
  const [, number = '', library, reason] = OPENSSL_ERROR.exec(text) ?? [];
  if (reason !== undefined && library !== undefined) {
    if (!library.startsWith('SSL ')) return cardFailed(`curl cannot sign with the key on the card: ${reason.trim()}`);
    return handshakeFailed(run, { text, reason, number: Number.parseInt(number, 16), signatures: report?.connected ? 1 : 0 });
  }
  if (code !== null && CUT.has(code)) return asNode('ECONNRESET', text);
  const how = code === null ? 'was ended by a signal' : `failed: ${text}`;
  return network(`curl, which talks to ${server} in place of the addon, ${how}`, BUILD_ADDON_HINT);
}

/** As Node would report it; in a message that ends like Node's, an alert has its number. */
function handshakeFailed(
  { url, signedExchange }: FailedRun,
  seen: { text: string; reason: string; number: number; signatures: number },
): Error {
  const alert = (seen.number & 0xfff) - ALERT_OFFSET;
  const text = alert < 0 ? seen.text : `${seen.text}: SSL alert number ${alert}`;
  const error = asNode(
    `ERR_SSL_${seen.reason
      .trim()
      .replace(/[^a-z0-9]+/gi, '_')
      .toUpperCase()}`,
    text,
  );
  return refusedByServer(error, url, seen) ?? refusedExchange(error, url, { signed: signedExchange }) ?? error;
}

function asNode(code: string, text: string): Error {
  return Object.assign(new Error(text), { code });
}

function network(message: string, hint: string): LyncauthError {
  return new LyncauthError('NETWORK', message, { hint });
}

function engineMissing(): LyncauthError {
  return new LyncauthError(
    'ADDON_MISSING',
    'the addon that lets TLS use the card is not built, and OpenSSL, for curl, has no engine or provider "pkcs11"',
    {
      hint: `install the package libengine-pkcs11-openssl, or build the addon: ${BUILD_ADDON_HINT}`,
    },
  );
}

function keyFailed(stderr: string, text: string): LyncauthError {
  if (/unable to set private key|does not match the certificate/i.test(text)) {
    return new LyncauthError('KEY_MISMATCH', 'the certificate does not belong to the key on the card', {
      hint: 'lyncauth enroll --replace gets a certificate for the card',
    });
  }
  if (/^Login (?:to token )?failed/m.test(stderr))
    return cardFailed('the card refused the login of curl, after it had taken the same PIN from lyncauth');
  return cardFailed(`curl cannot use the key on the card: ${text}`);
}

function cardFailed(message: string): LyncauthError {
  return new LyncauthError('CARD_FAILED', message, { hint: `do without curl: ${BUILD_ADDON_HINT}` });
}

function untrusted({ url, proxy }: FailedRun, report: CurlReport | undefined): LyncauthError {
  if (proxy?.protocol === 'https:' && report?.proxyStatus === 0) {
    return exchangeFailure(asNode('CERT_UNTRUSTED', ''), { url, proxy, requestSent: false });
  }
  return new LyncauthError('TLS_UNTRUSTED', `${serverName(url)} shows another certificate than the one that was verified before`, {
    hint: 'try again; if it stays so, ask who runs the server',
  });
}
