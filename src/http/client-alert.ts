/** What a server says of our certificate: TLS alerts (RFC 8446 section 6.2, RFC 5246 section 7.2.2) in plain words. */
import { LyncauthError } from '../errors.js';
import { serverName } from './failure.js';

interface Refusal {
  /** As the standards spell it. */
  alert: string;
  says: string;
  hint: string;
  /** Also sent for other reasons: it is about us only when the card has signed. */
  ambiguous?: true;
}

const NEW_CERTIFICATE = 'get a new certificate: lyncauth enroll --replace';
const LOOK = 'see which certificate is on the card: lyncauth cards';

const REFUSALS: Readonly<Record<number, Refusal>> = {
  40: {
    alert: 'handshake_failure',
    says: 'does not accept the certificate on the card',
    hint: 'ask who runs the server which certificates it accepts',
    ambiguous: true,
  },
  42: { alert: 'bad_certificate', says: 'calls the certificate on the card bad', hint: LOOK },
  43: {
    alert: 'unsupported_certificate',
    says: 'takes no certificate of this kind',
    hint: 'enroll with a template for client authentication: lyncauth enroll --replace --template NAME',
  },
  44: { alert: 'certificate_revoked', says: 'says that the certificate on the card is revoked', hint: NEW_CERTIFICATE },
  45: { alert: 'certificate_expired', says: 'says that the certificate on the card has expired', hint: NEW_CERTIFICATE },
  46: {
    alert: 'certificate_unknown',
    says: 'does not accept the certificate on the card',
    hint: 'ask who runs the server why it does not accept this certificate',
  },
  48: {
    alert: 'unknown_ca',
    says: 'does not know the CA that issued the certificate on the card',
    hint: 'ask who runs the server to trust the CA of your certificate',
  },
  49: {
    alert: 'access_denied',
    says: 'knows the certificate on the card and denies access',
    hint: 'ask who runs the server to allow this certificate',
  },
  51: {
    alert: 'decrypt_error',
    says: "cannot verify the card's signature",
    hint: LOOK,
    ambiguous: true,
  },
  116: {
    alert: 'certificate_required',
    says: 'wants a certificate, and none on the card is what it asks for',
    hint: 'ask who runs the server which certificates it accepts',
  },
};

/** The number of the alert that `error`, or what caused it, reports; undefined when it is not about one that the other side sent. */
export function alertOf(error: unknown): number | undefined {
  const reported = error instanceof LyncauthError ? error.cause : error;
  // The name in the code differs between versions of OpenSSL; the number does not.
  const number = reported instanceof Error ? /SSL alert number (\d+)/.exec(reported.message)?.[1] : undefined;
  return number === undefined ? undefined : Number(number);
}

/** Whether the other side ended the connection, by an alert or without a word. */
export function endedByServer(error: unknown): boolean {
  return alertOf(error) !== undefined || isCut(error);
}

/** Ended without a word. */
function isCut(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE'].includes((error as { code?: string } | undefined)?.code ?? '');
}

/** The CLIENT_CERTIFICATE_REFUSED that `error` means, undefined when it means something else. `signatures`: that the card made for this connection. */
export function refusedByServer(error: unknown, url: URL, { signatures }: { signatures: number }): LyncauthError | undefined {
  const refusal = REFUSALS[alertOf(error) ?? -1];
  if (refusal === undefined || (refusal.ambiguous && signatures === 0)) return undefined;
  return new LyncauthError('CLIENT_CERTIFICATE_REFUSED', `${serverName(url)} ${refusal.says} (${refusal.alert})`, {
    hint: refusal.hint,
    details: { alert: refusal.alert },
    cause: error,
  });
}

/** What it may mean that a server has cut a connection on which it answered nothing, undefined when the card has not signed: some refuse without a word. */
export function cutAfterSigning(error: unknown, url: URL, { signatures }: { signatures: number }): LyncauthError | undefined {
  if (signatures === 0 || !isCut(error)) return undefined;
  const { code } = error as { code: string };
  return new LyncauthError('NETWORK', `the connection to ${serverName(url)} was cut after the card had signed (${code})`, {
    hint: 'the server may not accept the certificate on the card: ask who runs it',
    details: { signatures },
    cause: error,
  });
}
