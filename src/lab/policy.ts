/** What the practice CA decides about a request, by its templates and its accounts. Pure: stores nothing, issues nothing. */
import { createPublicKey } from 'node:crypto';
import { readCertificationRequest } from '../x509/certification-request.js';
import type { Account } from './accounts.js';
import { type Fault, hasFault } from './faults.js';
import { type CertificateTemplate, findTemplate } from './templates.js';

const MINIMUM_RSA_BITS = 2048;

/** A decision; `template` is the name the request gave, '' for none, `publicKey` what is to be certified (SPKI, DER). */
export type Decision = { readonly template: string; readonly publicKey: Buffer } & (
  | { readonly status: 'issued' | 'pending' }
  | { readonly status: 'denied'; readonly hresult: string }
);

type ReadRequest = ReturnType<typeof readCertificationRequest>;

/**
 * Decides about a certification request.
 *
 * @param csr - PKCS#10, DER.
 * @param named - template names in the request's attributes.
 * @throws LyncauthError when `csr` is no certification request.
 */
export function decide(csr: Buffer, named: readonly string[], account: Account, faults: readonly Fault[]): Decision {
  const request = readCertificationRequest(csr);
  const names = new Set([...named, ...(request.template === undefined ? [] : [request.template])]);
  const name = [...names][0] ?? '';
  const asked = { template: name, publicKey: request.publicKey };
  const hresult = refusal(request, names, account, faults);
  if (hresult !== undefined) return { ...asked, status: 'denied', hresult };
  const waits = findTemplate(name)?.needsApproval === true || hasFault(faults, 'pending');
  return { ...asked, status: waits ? 'pending' : 'issued' };
}

/**
 * The template names in the `CertAttrib` field: lines of `Name:Value` ([MS-WCCE] section 2.2.2.7).
 * All of them, so that a smuggled second line does not go unseen.
 */
export function namedTemplates(certAttrib: string): string[] {
  return certAttrib
    .split(/\r?\n/)
    .map((line) => /^\s*CertificateTemplate\s*:(.*)$/i.exec(line)?.[1]?.trim())
    .filter((name) => name !== undefined);
}

function refusal(request: ReadRequest, names: ReadonlySet<string>, account: Account, faults: readonly Fault[]): string | undefined {
  if (!request.verify()) return '0x80090006';
  if (names.size === 0) return '0x80094801';
  if (names.size > 1) return '0x80094802';
  const template = findTemplate([...names][0] ?? '');
  if (template === undefined) return '0x80094800';
  if (hasFault(faults, 'denied')) return '0x80094012';
  return unsuitable(request, template, account);
}

function unsuitable(request: ReadRequest, template: CertificateTemplate, account: Account): string | undefined {
  const key = createPublicKey({ key: request.publicKey, format: 'der', type: 'spki' });
  if (key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) < MINIMUM_RSA_BITS) return '0x80094811';
  if (template.needsEmail && account.email === undefined) return '0x80094812';
  return undefined;
}
