/** What a pool says about a refusal, wherever in its answer it stands. It reads and never judges; see diagnostics.ts. */
import type { HttpResponse } from '../http/client.js';
import { redact } from '../secret.js';
import { type JsonObject, jsonObject, textAt } from './answer.js';
import { isWebPage, serverText } from './server-text.js';
import type { XmlElement } from './xml.js';

/** Texts are cleaned and fit to be shown. */
export interface Signals {
  /** Number of X-Ms-diagnostics, or ErrorId of a SOAP fault's OCSDiagnosticsFault: 28020. */
  id?: number | undefined;
  /** The server that says so. */
  source?: string | undefined;
  /** The server's own reason. */
  reason?: string | undefined;
  /** `error` of a token service (RFC 6749 section 5.2). */
  oauthError?: string | undefined;
  /** `subcode` of UCWA, else its `code`. */
  ucwaError?: string | undefined;
  /** Name of the innermost code of a SOAP fault, without prefix: `FailedAuthentication`. */
  fault?: string | undefined;
  /** The body says that the account is disabled; no number says it. */
  disabled: boolean;
  /** A 401 of a web service that takes tokens (RFC 6750, MsRtcOAuth): a proxy asks for other things. */
  asksForToken: boolean;
}

const DISABLED = /\bthe account is disabled\b/i;
const TOKEN_SCHEME = /(?:^|,)\s*(?:MsRtcOAuth|Bearer)(?:[\s,]|$)/i;
const MAX_HEADER = 4096;

/** Everything that `response` says about what went wrong. Broken parts are left out. */
export async function readSignals({ status, headers, body }: HttpResponse): Promise<Signals> {
  const header = headers['x-ms-diagnostics'] ?? headers['ms-diagnostics'];
  const fromHeader = readDiagnostics(Array.isArray(header) ? header.join(',') : header);
  const json = jsonObject(body);
  const fromBody = json ? readJson(json) : await readFault(body);
  return {
    ...fromBody,
    id: fromHeader.id ?? fromBody.id,
    source: fromHeader.source,
    // What is said of the token (RFC 6750 section 3) tells more than the number that stands for everything that can be wrong with one.
    reason: readBearer(headers['www-authenticate']) ?? fromHeader.reason ?? fromBody.reason,
    disabled: DISABLED.test(body.toString('utf8')) || DISABLED.test(fromHeader.reason ?? ''),
    asksForToken: status === 401 && TOKEN_SCHEME.test((headers['www-authenticate'] ?? '').slice(0, MAX_HEADER)),
  };
}

/** `error_description` of a Bearer challenge. */
function readBearer(challenges = ''): string | undefined {
  return serverText(/\bBearer\b.{0,4096}?\berror_description="([^"]*)"/s.exec(redact(challenges).slice(0, MAX_HEADER))?.[1]);
}

/** `28020;source="pool.example.com";reason="No valid security token."`; values may be unquoted. */
export function readDiagnostics(header: string | undefined): { id?: number; source?: string | undefined; reason?: string | undefined } {
  const text = redact(header ?? '').slice(0, MAX_HEADER);
  const id = /^\s*(\d{1,9})\s*(?:;|,|$)/.exec(text)?.[1];
  const values = new Map<string, string>();
  for (const [, name = '', quoted, plain = ''] of text.matchAll(/;\s*([\w-]{1,40})=(?:"((?:[^"\\]|\\.)*)"|([^;,"]*))/g)) {
    values.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain);
  }
  return {
    ...(id !== undefined && { id: Number(id) }),
    source: serverText(values.get('source')),
    reason: serverText(values.get('reason')),
  };
}

type BodySignals = Omit<Signals, 'disabled' | 'asksForToken'>;

function readJson(json: JsonObject): BodySignals {
  return {
    oauthError: serverText(textAt(json, 'error')),
    ucwaError: serverText(textAt(json, 'subcode') ?? textAt(json, 'code')),
    reason: serverText(textAt(json, 'error_description') ?? textAt(json, 'message') ?? textAt(json, 'reason')),
  };
}

/** SOAP 1.1 and 1.2, and the OCSDiagnosticsFault of [MS-OCAUTHWS] section 2.2.4.1 in their detail. */
async function readFault(body: Buffer): Promise<BodySignals> {
  if (isWebPage(body) || body.indexOf('Fault') === -1) return {};
  // Hardly any pool speaks it here, and the parser is a large one.
  const { descendants, parseXml, textOf } = await import('./xml.js');
  const root = orNothing(() => parseXml(body, 'the pool').root);
  const fault = root && descendants(root, 'Fault')[0];
  if (!fault) return {};
  const diagnostics = descendants(fault, 'Ms-Diagnostics-Fault')[0] ?? descendants(fault, 'OCSDiagnosticsFault')[0];
  const within = (element: XmlElement | undefined, name: string) => element && textOf(descendants(element, name)[0]);
  const id = within(diagnostics, 'ErrorId') ?? '';
  const codes = descendants(fault, 'Value').map(textOf);
  return {
    ...(/^\d{1,9}$/.test(id) && { id: Number(id) }),
    fault: serverText(redact(within(fault, 'faultcode') ?? codes.at(-1) ?? '').replace(/^.*:/s, '')),
    reason: serverText(within(diagnostics, 'Reason') ?? within(fault, 'faultstring') ?? within(fault, 'Text')),
  };
}

function orNothing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
