/** The practice CA's certfnsh.asp: takes the form with a certification request and says what became of it. */
import { isLyncauthError } from '../errors.js';
import type { Account } from './accounts.js';
import { type Authority, submitRequest } from './authority.js';
import { deniedPage, errorPage, issuedPage, pendingPage } from './certsrv-pages.js';
import { decodeArmour } from './encode.js';
import { type Fault, hasFault } from './faults.js';
import { fieldValue, htmlPage, isBrowser, type LabRequest, type LabResponse } from './message.js';
import { namedTemplates } from './policy.js';
import type { RequestRecord } from './records.js';
import type { Texts } from './texts.js';

const FORM = 'application/x-www-form-urlencoded';

/** Answers the POST of a request; HTTP status 200 whatever the CA decides. */
export function submitPage(
  request: LabRequest & { user: Account },
  authority: Authority,
  faults: readonly Fault[],
  texts: Texts,
): LabResponse {
  if (hasFault(faults, 'error-page')) return failure(texts, '0x800706BA');
  const isForm = request.headers['content-type']?.toLowerCase().startsWith(FORM) === true;
  const fields = new URLSearchParams(isForm ? request.body.toString('utf8') : '');
  if (fieldValue(fields, 'Mode') !== 'newreq') return failure(texts, '0x80070057');
  const csr = decodeArmour(fieldValue(fields, 'CertRequest') ?? '');
  const named = namedTemplates(fieldValue(fields, 'CertAttrib') ?? '');
  const record = csr === undefined ? undefined : submitIfReadable({ csr, named, account: request.user }, authority, faults);
  if (record === undefined) return failure(texts, '0x8009310B');
  const page = decisionPage(texts, record, isBrowser(request));
  const cut = hasFault(faults, 'cut-after-submit');
  return { ...htmlPage(hasFault(faults, 'truncated-page') ? beforeLink(page) : page), requestId: record.id, ...(cut ? { cut } : {}) };
}

function submitIfReadable(
  order: { csr: Buffer; named: readonly string[]; account: Account },
  authority: Authority,
  faults: readonly Fault[],
): RequestRecord | undefined {
  try {
    return submitRequest(authority, order, faults);
  } catch (error) {
    if (isLyncauthError(error, 'STATE_UNREADABLE') || !isLyncauthError(error)) throw error;
    return undefined;
  }
}

function decisionPage(texts: Texts, record: RequestRecord, browser: boolean): string {
  if (record.status === 'issued') return issuedPage(texts, record.id, browser);
  return record.status === 'pending' ? pendingPage(texts, record.id) : deniedPage(texts, record);
}

function failure(texts: Texts, hresult: string): LabResponse {
  return htmlPage(errorPage(texts, { mode: 'newreq - New Request', message: `${texts.reasons[hresult]}  ${hresult}`, hresult }));
}

/** The page as far as the link to the certificate. */
function beforeLink(page: string): string {
  const link = page.indexOf('certnew.cer');
  return link < 0 ? page : page.slice(0, link);
}
