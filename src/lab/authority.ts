/** The practice CA at work: takes requests, keeps what it decided, issues. Knows no HTTP and no page. */
import { LyncauthError } from '../errors.js';
import { issueCrl } from '../x509/issue-crl.js';
import { type Account, findAccount } from './accounts.js';
import { encodeArmour, encodeCertificate } from './encode.js';
import type { Fault } from './faults.js';
import { type IssuingAuthority, issueUserCertificate } from './issuance.js';
import { appendLog } from './log.js';
import { decide } from './policy.js';
import { nextRequestId, type RequestRecord, readRecord, writeRecord } from './records.js';
import { findTemplate } from './templates.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const CRL_DAYS = 7;
const MINUTE_MS = 60 * 1000;
/** CERTSRV_E_ADMIN_DENIED_REQUEST. */
const DENIED_BY_MANAGER = '0x80094014';

export interface Authority extends IssuingAuthority {
  readonly dir: string;
}

/**
 * Takes a certification request, decides, and issues where that is the decision.
 *
 * @param csr - PKCS#10, DER.
 * @param named - template names in the request's attributes.
 * @throws LyncauthError when `csr` is no certification request: then nothing was taken.
 */
export function submitRequest(
  authority: Authority,
  order: { csr: Buffer; named: readonly string[]; account: Account },
  faults: readonly Fault[],
): RequestRecord {
  const decision = decide(order.csr, order.named, order.account, faults);
  const taken: RequestRecord = {
    id: nextRequestId(authority.dir),
    status: 'pending',
    template: decision.template,
    account: order.account.name,
    submittedAt: authority.now().toISOString(),
    csr: encodeArmour('CERTIFICATE REQUEST', order.csr),
    publicKey: decision.publicKey.toString('base64'),
  };
  log(authority, 'submitted', taken);
  if (decision.status === 'denied') return settle(authority, { ...taken, status: 'denied', hresult: decision.hresult });
  return decision.status === 'issued' ? issue(authority, taken, faults) : settle(authority, taken);
}

/** Issues the certificate of a pending request, as a certificate manager would. @throws LyncauthError REQUEST_NOT_FOUND. */
export function approveRequest(authority: Authority, id: number, faults: readonly Fault[]): RequestRecord {
  return issue(authority, pendingRecord(authority, id), faults);
}

/** Denies a pending request. @throws LyncauthError REQUEST_NOT_FOUND. */
export function denyRequest(authority: Authority, id: number): RequestRecord {
  return settle(authority, { ...pendingRecord(authority, id), status: 'denied', hresult: DENIED_BY_MANAGER });
}

/** The list of revoked certificates as of now, DER. */
export function currentCrl(authority: Authority): Buffer {
  const now = authority.now().getTime();
  return issueCrl(authority.root, {
    thisUpdate: new Date(now - DAY_MS),
    nextUpdate: new Date(now + CRL_DAYS * DAY_MS),
    number: Math.floor(now / MINUTE_MS),
  });
}

function pendingRecord(authority: Authority, id: number): RequestRecord {
  const record = readRecord(authority.dir, id);
  if (record?.status === 'pending') return record;
  const message = `request ${id} is not pending at the practice organisation`;
  throw new LyncauthError('REQUEST_NOT_FOUND', record === undefined ? message : `${message}: it is ${record.status}`, {
    hint: 'lyncauth lab log',
    details: { requestId: String(id) },
  });
}

function issue(authority: Authority, record: RequestRecord, faults: readonly Fault[]): RequestRecord {
  const template = findTemplate(record.template);
  const account = findAccount(record.account);
  if (template === undefined || account === undefined || record.publicKey === undefined) {
    throw new LyncauthError('STATE_UNREADABLE', `request ${record.id} of the practice organisation is damaged`);
  }
  const publicKey = Buffer.from(record.publicKey, 'base64');
  const certificate = issueUserCertificate(authority, { publicKey, template, account }, faults);
  return settle(authority, { ...record, status: 'issued', certificate: encodeCertificate(certificate) });
}

function settle(authority: Authority, record: RequestRecord): RequestRecord {
  writeRecord(authority.dir, record);
  log(authority, record.status, record);
  return record;
}

function log(authority: Authority, event: RequestRecord['status'] | 'submitted', record: RequestRecord): void {
  const { id: requestId, account, template, hresult } = record;
  appendLog(authority.dir, authority.now(), { event, requestId, account, template, ...(hresult === undefined ? {} : { hresult }) });
}
