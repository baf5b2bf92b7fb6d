/** The two exchanges with the CA: the request goes there once, the certificate is fetched as often as needed. */
import { isLyncauthError, LyncauthError } from '../errors.js';
import type { Signer } from '../signer.js';
import { buildCertificationRequest } from '../x509/certification-request.js';
import { escapeValue } from '../x509/name.js';
import { discard, madeKey } from './discard.js';
import type { EnrollmentRecord } from './journal.js';
import type { EnrollmentPlan } from './plan.js';
import type { EnrollmentTools } from './tools.js';

/**
 * Signs the certification request with the card and posts it, once: the CA's page knows no repetition.
 * @throws LyncauthError CA_DENIED, SUBMISSION_UNKNOWN, or a network error that is certain to have left nothing at the CA
 */
export async function submit(record: EnrollmentRecord, signer: Signer, tools: EnrollmentTools): Promise<void> {
  const { ca, journal, progress } = tools;
  const request = await progress.step('the card signs the request', () => buildRequest(record.plan, signer));
  journal.advance(record, 'submitting');
  const answer = await progress
    .step(`waiting for ${ca.url} to decide`, () => ca.submit(request, { template: record.plan.template }))
    .catch((error) => {
      if (isLyncauthError(error) && error.details.requestSent === false) {
        journal.advance(record, 'key-made');
        throw error;
      }
      throw submissionUnknown(record, error);
    });
  if (answer.status === 'denied') {
    // A run that dies before the key is gone must not be taken for one that got no answer.
    if (answer.requestId === undefined) journal.advance(record, 'key-made');
    else journal.advance(record, 'submitted', { requestId: answer.requestId });
    throw await discard(record, tools, denied(record, answer));
  }
  journal.advance(record, 'submitted', { requestId: answer.requestId });
}

/**
 * Fetches the certificate of a submitted request into the journal.
 * @returns false while the request waits for a person's approval
 * @throws LyncauthError CA_DENIED when it was refused meanwhile; its key is then removed, unless a person gave the id
 */
export async function download(record: EnrollmentRecord, tools: EnrollmentTools): Promise<boolean> {
  const { ca, journal, progress } = tools;
  const id = record.requestId ?? '';
  const answer = await progress
    .step(`fetching the certificate of request ${id}`, () => ca.retrieve(id))
    .catch((error) => {
      if (record.requestIdTold === true && isLyncauthError(error, 'REQUEST_NOT_FOUND')) forgetRequestId(record, tools);
      throw error;
    });
  if (answer.status === 'pending') return false;
  if (answer.status === 'denied') {
    const reason = denied(record, { ...answer, requestId: id });
    if (record.requestIdTold === true) throw perhapsAnother(reason, record, tools);
    if (madeKey(record) !== undefined) await tools.unlock(record);
    throw await discard(record, tools, reason);
  }
  journal.advance(record, 'issued', { certificate: answer.certificate.toString('base64') });
  return true;
}

/** The error for a certificate of somebody else's request: the id that a person gave was the wrong one, so our own is still open. */
export function notThisRequest(record: EnrollmentRecord, tools: EnrollmentTools): LyncauthError {
  const { requestId = '' } = record;
  forgetRequestId(record, tools);
  return new LyncauthError(
    'REQUEST_NOT_FOUND',
    `request ${requestId} at ${record.plan.ca} is for another key than that of card "${record.cardLabel}"`,
    {
      hint: 'ask the CA for the right id, then: lyncauth enroll --resume ID',
      details: { requestId },
    },
  );
}

/** A denial names no key: under an id that a person gave it may be of another request, so our key is not taken away for it. */
function perhapsAnother(reason: LyncauthError, record: EnrollmentRecord, tools: EnrollmentTools): LyncauthError {
  forgetRequestId(record, tools);
  return new LyncauthError(reason.code, reason.message, {
    hint: 'if this is your request: lyncauth enroll --abandon; if not: lyncauth enroll --resume ID with the right id',
    details: reason.details,
  });
}

function forgetRequestId(record: EnrollmentRecord, { journal }: EnrollmentTools): void {
  journal.advance(record, 'submitting', { requestId: undefined, requestIdTold: undefined, certificate: undefined });
}

/** The error of a run that finds, or makes, a request whose fate is unknown. */
export function submissionUnknown(record: EnrollmentRecord, cause?: unknown): LyncauthError {
  return new LyncauthError(
    'SUBMISSION_UNKNOWN',
    `it is not known whether ${record.plan.ca} took the request for card "${record.cardLabel}"`,
    {
      hint: 'ask the CA for its request id, then: lyncauth enroll --resume ID (or --resubmit to send it again, --abandon to drop it and its key)',
      ...(isLyncauthError(cause) ? { details: cause.details } : {}),
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

async function buildRequest(plan: EnrollmentPlan, signer: Signer): Promise<Buffer> {
  return await buildCertificationRequest({
    signer,
    hash: plan.hash,
    subject: `CN=${escapeValue(plan.upn ?? plan.name)}`,
    template: plan.template,
    ...(plan.upn === undefined ? {} : { upn: plan.upn }),
    ...(plan.clientInfo === undefined ? {} : { clientInfo: plan.clientInfo }),
  });
}

interface Denial {
  requestId?: string | undefined;
  hresult?: string | undefined;
  reason: string;
  serverMessage?: string | undefined;
}

function denied(record: EnrollmentRecord, answer: Denial): LyncauthError {
  const code = answer.hresult === undefined ? '' : ` (${answer.hresult})`;
  return new LyncauthError('CA_DENIED', `${record.plan.ca} denied the request: ${answer.reason}${code}`, {
    hint: `show this to the administrator of the CA${answer.requestId === undefined ? '' : `, with the request id ${answer.requestId}`}`,
    details: {
      ...(answer.requestId === undefined ? {} : { requestId: answer.requestId }),
      ...(answer.hresult === undefined ? {} : { hresult: answer.hresult }),
      ...(answer.serverMessage === undefined ? {} : { serverMessage: answer.serverMessage }),
    },
  });
}
