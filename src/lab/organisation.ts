/** The practice organisation as one request handler: logon, faults, pages, log. No sockets. */
import { gzipSync } from 'node:zlib';
import { type Account, basicAccount, ORGANISATION } from './accounts.js';
import { type Authority, currentCrl } from './authority.js';
import { certsrv, certsrvStep } from './certsrv.js';
import { plainPage } from './certsrv-pages.js';
import { readFaults } from './fault-file.js';
import { type Fault, findFault, hasFault, SLOW_MS } from './faults.js';
import { appendLog } from './log.js';
import { htmlPage, type LabHandler, type LabRequest, type LabResponse } from './message.js';
import { english, french } from './texts.js';

const HUGE_BYTES = 4 * 1024 * 1024;

/** The handler for everything the organisation serves; faults are read afresh for every request. */
export function createOrganisation(authority: Authority): LabHandler {
  return (request) => {
    const faults = readFaults(authority.dir);
    const user = hasFault(faults, 'no-basic') ? undefined : basicAccount(request.headers.authorization);
    try {
      const response = route({ ...request, ...(user === undefined ? {} : { user }) }, authority, faults);
      logExchange(authority, request, user, response);
      return response;
    } catch (error) {
      const response = htmlPage(plainPage(english, '500'), 500);
      logExchange(authority, request, user, response, String(error));
      return response;
    }
  };
}

function route(request: LabRequest, authority: Authority, faults: readonly Fault[]): LabResponse {
  const path = request.path.toLowerCase();
  if (path === '/certenroll/practice.crl') return publicFile('application/pkix-crl', currentCrl(authority));
  if (path === '/certenroll/practice.crt') return publicFile('application/pkix-cert', Buffer.from(authority.root.certificate));
  const texts = hasFault(faults, 'french') ? french : english;
  if (path !== '/certsrv' && !path.startsWith('/certsrv/')) return htmlPage(plainPage(texts, `404: ${request.path}`), 404);
  const { user } = request;
  if (user === undefined) return unauthorized(plainPage(texts, texts.refused), faults);
  if (path === '/certsrv') return { status: 301, headers: { Location: '/certsrv/' }, body: '' };
  return spoil({ ...request, user }, faults, () => certsrv({ ...request, user }, authority, faults));
}

/** Three header lines, as IIS sends them, or two where nobody has added Basic. */
function unauthorized(body: string, faults: readonly Fault[]): LabResponse {
  const schemes = ['Negotiate', 'NTLM', ...(hasFault(faults, 'no-basic') ? [] : [`Basic realm="${ORGANISATION}"`])];
  const page = htmlPage(body, 401);
  return { ...page, headers: { ...page.headers, 'WWW-Authenticate': schemes } };
}

/** Faults of the transfer. A redirect or HTTP 500 stands in place of the page; the others come after it did its work. */
function spoil(request: LabRequest, faults: readonly Fault[], answer: () => LabResponse): LabResponse {
  const step = certsrvStep(request);
  if (hasFault(faults, 'redirect', step))
    return { status: 302, headers: { Location: `https://elsewhere.invalid${request.path}` }, body: '' };
  if (hasFault(faults, 'server-error', step)) return htmlPage(plainPage(english, '500: practice fault'), 500);
  const response = answer();
  const huge = findFault(faults, 'huge-body', step);
  const slow = findFault(faults, 'slow', step);
  return {
    ...(huge === undefined ? response : hugeAnswer(response, huge.value === 'gzip')),
    ...(slow === undefined ? {} : { delayMs: Number(slow.value ?? SLOW_MS) }),
  };
}

/** The right answer behind 4 MiB of blanks, so that only its size is wrong. */
function hugeAnswer(response: LabResponse, gzip: boolean): LabResponse {
  const body = Buffer.concat([Buffer.alloc(HUGE_BYTES, ' '), Buffer.from(response.body)]);
  if (!gzip) return { ...response, body, chunked: true };
  return { ...response, headers: { ...response.headers, 'Content-Encoding': 'gzip' }, body: gzipSync(body), chunked: true };
}

function publicFile(type: string, body: Buffer): LabResponse {
  return { status: 200, headers: { 'Content-Type': type }, body };
}

function logExchange(authority: Authority, request: LabRequest, user: Account | undefined, response: LabResponse, error?: string): void {
  const query = request.query.toString();
  appendLog(authority.dir, authority.now(), {
    event: 'http',
    method: request.method,
    path: query === '' ? request.path : `${request.path}?${query}`,
    account: user?.name,
    status: response.cut === true ? 0 : response.status,
    requestId: response.requestId,
    ...(error === undefined ? {} : { error }),
  });
}
