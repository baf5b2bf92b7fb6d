/** The practice CA's web enrollment pages as pure functions of a request: what is under /certsrv/, behind the logon. */
import { bundleCertificates } from '../x509/issue-bundle.js';
import type { Account } from './accounts.js';
import { type Authority, currentCrl } from './authority.js';
import * as pages from './certsrv-pages.js';
import { submitPage } from './certsrv-submit.js';
import { decodeArmour, encodeArmour, encodeCertificate } from './encode.js';
import { type EnrollmentStep, type Fault, hasFault } from './faults.js';
import { fieldValue, htmlPage, isBrowser, type LabRequest, type LabResponse } from './message.js';
import { type RequestRecord, readRecord } from './records.js';
import { english, french, type Texts } from './texts.js';

const BASE = '/certsrv/';
/** The root was never renewed: its newest certificate has index 0. */
const RENEWALS = 0;

/** The step of an enrollment that a request for one of the pages belongs to. */
export function certsrvStep(request: LabRequest): EnrollmentStep {
  const page = pageName(request);
  if (page === 'certfnsh.asp') return 'submit';
  if (page === 'certrqxt.asp') return 'templates';
  if (page === 'certnew.cer' || page === 'certnew.p7b') return namesCaCertificate(request) ? 'chain' : 'retrieve';
  return page === 'certcarc.asp' || page === 'certcrl.crl' ? 'chain' : 'logon';
}

/** Answers a request for a page under /certsrv/ from `user`, who is logged on. */
export function certsrv(request: LabRequest & { user: Account }, authority: Authority, faults: readonly Fault[]): LabResponse {
  const texts = hasFault(faults, 'french') ? french : english;
  const page = pageName(request);
  if (page === 'certfnsh.asp') return request.method === 'POST' ? submitPage(request, authority, faults, texts) : notAllowed(texts);
  if (request.method !== 'GET' && request.method !== 'HEAD') return notAllowed(texts);
  switch (page) {
    case '':
    case 'default.asp':
      return htmlPage(pages.welcomePage(texts));
    case 'certrqxt.asp':
      return htmlPage(pages.requestFormPage(texts));
    case 'certcarc.asp':
      return htmlPage(pages.caCertificatePage(texts, RENEWALS));
    case 'certnew.cer':
    case 'certnew.p7b':
      return certificateFile(request, authority, texts);
    case 'certcrl.crl':
      return crlFile(request, authority, texts);
    default:
      return htmlPage(pages.plainPage(texts, `404: ${request.path}`), 404);
  }
}

/** ASP pages are found in any case. */
function pageName(request: LabRequest): string {
  return request.path.toLowerCase().slice(BASE.length);
}

function notAllowed(texts: Texts): LabResponse {
  return htmlPage(pages.plainPage(texts, '405'), 405);
}

function namesCaCertificate(request: LabRequest): boolean {
  return fieldValue(request.query, 'ReqID')?.toLowerCase() === 'cacert';
}

function certificateFile(request: LabRequest, authority: Authority, texts: Texts): LabResponse {
  const root = Buffer.from(authority.root.certificate);
  if (namesCaCertificate(request)) {
    const renewal = fieldValue(request.query, 'Renewal') ?? '';
    // -1 asks for the newest generation.
    return renewal === '-1' || renewal === String(RENEWALS) ? download(request, root, [root]) : propertyEmpty(texts);
  }
  const id = fieldValue(request.query, 'ReqID') ?? '';
  const record = /^\d{1,9}$/.test(id) ? readRecord(authority.dir, Number(id)) : undefined;
  if (record === undefined) return propertyEmpty(texts);
  const leaf = record.certificate === undefined ? undefined : decodeArmour(record.certificate);
  return { ...(leaf === undefined ? notIssued(texts, record) : download(request, leaf, [leaf, root])), requestId: record.id };
}

/** The certificate, or with certnew.p7b the whole chain: in armour that says CERTIFICATE for either. */
function download(request: LabRequest, certificate: Buffer, chain: readonly Buffer[]): LabResponse {
  const isChain = pageName(request) === 'certnew.p7b';
  const der = isChain ? bundleCertificates(chain) : certificate;
  // Browsers get the type of a certificate; other clients the same bytes as text/html.
  const certificateType = isBrowser(request) ? 'application/pkix-cert' : 'text/html';
  const type = isChain ? 'application/x-pkcs7-certificates' : certificateType;
  return file(type, wantsText(request) ? encodeCertificate(der) : der);
}

function crlFile(request: LabRequest, authority: Authority, texts: Texts): LabResponse {
  if ((fieldValue(request.query, 'Type') ?? 'base').toLowerCase() !== 'base') return propertyEmpty(texts);
  const crl = currentCrl(authority);
  return file('application/pkix-crl', wantsText(request) ? encodeArmour('X509 CRL', crl) : crl);
}

function wantsText(request: LabRequest): boolean {
  return fieldValue(request.query, 'Enc')?.toLowerCase() === 'b64';
}

function file(type: string, body: string | Buffer): LabResponse {
  return { status: 200, headers: { 'Content-Type': type, 'Cache-Control': 'private' }, body };
}

function notIssued(texts: Texts, record: RequestRecord): LabResponse {
  if (record.status === 'pending') return htmlPage(pages.errorPage(texts, { mode: 'get - Retrieve', message: texts.underSubmission }));
  const message = pages.dispositionOf(texts, record);
  return htmlPage(pages.errorPage(texts, { mode: 'get - Retrieve', message, hresult: '0x80094003' }));
}

function propertyEmpty(texts: Texts): LabResponse {
  const hresult = '0x80094004';
  return htmlPage(pages.errorPage(texts, { mode: 'get - Retrieve', message: `${texts.reasons[hresult]}.`, hresult }));
}
