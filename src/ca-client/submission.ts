/** Posting a certification request to certfnsh.asp. It is posted once; what is not certain afterwards is said to be uncertain. */
import { isLyncauthError, LyncauthError } from '../errors.js';
import { encodePem } from '../x509/pem.js';
import { findHresult, hresultVerdict, hresultWords } from './hresults.js';
import { classifySubmission, type PageState } from './pages.js';
import type { Site } from './site.js';
import type { Denial, Submission } from './types.js';

/**
 * The form that a browser would send. Line breaks in a value would add attributes of their own to the request, so they are taken out.
 *
 * @param request PKCS#10, DER
 */
export function requestForm(request: Uint8Array, attributes: { template: string }): Record<string, string> {
  const lines = [['CertificateTemplate', attributes.template]].map((pair) => pair.map((text) => text.replace(/[\r\n]+/g, '')).join(':'));
  return {
    Mode: 'newreq',
    CertRequest: encodePem('CERTIFICATE REQUEST', request),
    CertAttrib: lines.map((line) => `${line}\r\n`).join(''),
    FriendlyType: 'Saved-Request Certificate',
    ThumbPrint: '',
    TargetStoreFlags: '0',
    SaveCert: 'yes',
  };
}

/** @throws LyncauthError as CaClient.submit says. */
export async function submitRequest(site: Site, request: Uint8Array, attributes: { template: string }): Promise<Submission> {
  const response = await site.post('certfnsh.asp', requestForm(request, attributes)).catch((error: unknown) => {
    if (isLyncauthError(error) && (error.details.requestSent === false || error.code === 'INTERRUPTED')) throw error;
    throw submissionUnknown(site, error);
  });
  return outcome(site, classifySubmission(response.body.toString('utf8')));
}

function outcome(site: Site, page: PageState): Submission {
  if (page.state === 'issued' || page.state === 'pending') return { status: page.state, requestId: page.requestId };
  if (page.state === 'denied') return denial(page);
  const hresult = page.state === 'error' ? page.hresult : undefined;
  const verdict = hresult === undefined ? 'unknown' : hresultVerdict(hresult);
  if (page.state === 'error' && verdict === 'refused') return denial(page);
  if (verdict === 'unreachable') throw serviceUnavailable(site, hresult);
  throw submissionUnknown(site, undefined, page.state === 'error' ? page : {});
}

/** A denial with its reason in plain words, or in the CA's words where there are none here. */
export function denial(page: { requestId?: string; hresult?: string; message?: string }): Denial {
  const { requestId, message } = page;
  const hresult = page.hresult ?? findHresult(message ?? '');
  const words = hresult === undefined ? undefined : hresultWords(hresult);
  return {
    status: 'denied',
    ...(requestId !== undefined && { requestId }),
    ...(hresult !== undefined && { hresult }),
    reason: words ?? message ?? 'the CA gave no reason',
    ...(message !== undefined && { serverMessage: message }),
  };
}

/** The web page answered, but the CA behind it did not. */
export function serviceUnavailable(site: Site, hresult: string | undefined): LyncauthError {
  return new LyncauthError('SERVER_ERROR', `${site.host}: ${hresultWords(hresult ?? '') ?? 'the CA cannot be reached'} (${hresult})`, {
    hint: 'try again later, or ask the administrator of the CA',
    details: { requestSent: false, ...(hresult !== undefined && { hresult }) },
  });
}

function submissionUnknown(site: Site, cause?: unknown, page: { hresult?: string; message?: string } = {}): LyncauthError {
  const why = cause instanceof Error ? cause.message : 'its answer is not one that is known';
  return new LyncauthError('SUBMISSION_UNKNOWN', `it is not certain whether ${site.host} took the request: ${why}`, {
    hint: 'ask the administrator of the CA whether there is a request of yours, and under which id',
    details: {
      requestSent: true,
      ...(page.hresult !== undefined && { hresult: page.hresult }),
      ...(page.message && { serverMessage: page.message }),
    },
    ...(cause !== undefined && { cause }),
  });
}
