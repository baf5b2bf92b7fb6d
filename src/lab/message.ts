/** An HTTP exchange as the practice organisation's handlers see it: values only, no sockets. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Account } from './accounts.js';

export interface LabRequest {
  readonly method: string;
  /** Without the query, as sent. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The certificate the client showed in TLS, DER, verified by nobody but the client's possession of its key. */
  readonly peerCertificate?: Buffer;
  /** Such as `TLSv1.3`. */
  readonly tlsVersion?: string;
  /** Who was logged on; set by the handler that checks it, for those behind it. */
  readonly user?: Account;
}

export interface LabResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Buffer;
  /** The CA's request this answer is about, for the log. */
  readonly requestId?: number;
  /** Milliseconds the host waits before it answers. */
  readonly delayMs?: number;
  /** The host destroys the connection instead of answering. */
  readonly cut?: boolean;
  /** The host sends no Content-Length, so that only reading shows how long the body is. */
  readonly chunked?: boolean;
}

/** Answers one exchange. */
export type LabHandler = (request: LabRequest) => LabResponse;

/** A page of the practice organisation: HTML in UTF-8, never cached. */
export function htmlPage(body: string, status = 200): LabResponse {
  return { status, headers: { 'Content-Type': 'text/html; charset=UTF-8', 'Cache-Control': 'private' }, body };
}

/** True for clients that call themselves Mozilla: certsrv gives them other pages and types than the rest. */
export function isBrowser(request: LabRequest): boolean {
  return request.headers['user-agent']?.startsWith('Mozilla') === true;
}

/** The value of a query or form field, its name in any case, as ASP reads it. */
export function fieldValue(fields: URLSearchParams, name: string): string | undefined {
  for (const [key, value] of fields) if (key.toLowerCase() === name.toLowerCase()) return value;
  return undefined;
}
