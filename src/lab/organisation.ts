/** The practice organisation as one request handler: logon, faults, pages, log. No sockets. */
import { type Account, basicAccount, ORGANISATION } from './accounts.js';
import { type Authority, currentCrl } from './authority.js';
import { certsrv, certsrvStep } from './certsrv.js';
import { plainPage } from './certsrv-pages.js';
import { readFaults } from './fault-file.js';
import { type Fault, hasFault } from './faults.js';
import type { Federation } from './federation.js';
import { appendLog } from './log.js';
import { htmlPage, type LabHandler, type LabRequest, type LabResponse } from './message.js';
import { poolHandler } from './pool/router.js';
import { spoil } from './spoil.js';
import { english, french } from './texts.js';

/**
 * The handler for everything that the organisation's first host serves, the CA and the pool; faults are read afresh for every request.
 *
 * @param federation - what the pool knows of AD FS; without it, there is no pool.
 */
export function createOrganisation(authority: Authority, federation?: Federation): LabHandler {
  const pool = federation === undefined ? undefined : poolHandler({ dir: authority.dir, now: authority.now, federation });
  return (request) => {
    const faults = readFaults(authority.dir);
    const user = hasFault(faults, 'no-basic') ? undefined : basicAccount(request.headers.authorization);
    try {
      const answer = pool?.(request, faults);
      const response = answer ?? route({ ...request, ...(user === undefined ? {} : { user }) }, authority, faults);
      logExchange(authority, request, answer === undefined ? user : answer.account, response);
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
  return spoil(request, certsrvStep(request), faults, () => certsrv({ ...request, user }, authority, faults));
}

/** Three header lines, as IIS sends them, or two where nobody has added Basic. */
function unauthorized(body: string, faults: readonly Fault[]): LabResponse {
  const schemes = ['Negotiate', 'NTLM', ...(hasFault(faults, 'no-basic') ? [] : [`Basic realm="${ORGANISATION}"`])];
  const page = htmlPage(body, 401);
  return { ...page, headers: { ...page.headers, 'WWW-Authenticate': schemes } };
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
