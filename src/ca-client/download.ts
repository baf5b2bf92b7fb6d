/** Fetching certificates from certnew.cer and certnew.p7b. What a body is, is seen from its content: content types there cannot be relied on. */
import { isLyncauthError, LyncauthError } from '../errors.js';
import { readCertificates } from '../x509/bundle.js';
import { isCaCertificate } from '../x509/trust.js';
import { findHresult, hresultWords } from './hresults.js';
import { classifyUnavailable, isPage, readRenewals } from './pages.js';
import type { Site } from './site.js';
import { denial } from './submission.js';
import type { Retrieval } from './types.js';

/** How many certificates from before a renewal are asked for. */
const MAX_OLDER = 8;

/** @throws LyncauthError as CaClient.retrieve says. */
export async function retrieveCertificate(site: Site, requestId: string): Promise<Retrieval> {
  if (!/^\d{1,10}$/.test(requestId)) throw notFound(site, requestId);
  const { body } = await site.get('certnew.cer', { ReqID: requestId, Enc: 'b64' });
  if (isPage(body)) {
    const page = classifyUnavailable(body.toString('utf8'));
    if (page.state === 'not-found') throw notFound(site, requestId);
    if (page.state === 'pending') return { status: 'pending' };
    return denial({ ...page, requestId });
  }
  const certificates = readCertificates(body);
  const [first] = certificates;
  const certificate = certificates.find((der) => !isCaCertificate(der)) ?? first;
  if (!certificate) throw new LyncauthError('CERTIFICATE_REFUSED', `${site.host} sent no certificate for request ${requestId}`);
  return { status: 'issued', certificate, certificates };
}

/**
 * The CA's certificates of every generation, and those above them. A page that is missing or broken only makes the list shorter.
 *
 * @throws LyncauthError SERVER_ERROR when nothing at all could be had.
 */
export async function fetchChain(site: Site): Promise<Buffer[]> {
  let failure: unknown;
  const attempt = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
    return await work().catch((error: unknown) => {
      if (!isLyncauthError(error, 'SERVER_ERROR', 'CERTIFICATE_REFUSED', 'REDIRECT_REFUSED', 'RESPONSE_TOO_LARGE')) throw error;
      failure ??= error;
      return otherwise;
    });
  };
  // -1 is the newest certificate, for pages that do not say how many there are.
  const newest = await attempt(async () => readRenewals((await site.get('certcarc.asp')).body.toString('utf8')) ?? -1, -1);
  const found = await attempt(() => certificatesAt(site, 'certnew.p7b', newest), []);
  const older = Array.from({ length: Math.min(Math.max(newest, 0), MAX_OLDER) }, (_, i) => newest - 1 - i);
  for (const generation of found.length > 0 ? older : [newest, ...older]) {
    found.push(...(await attempt(() => certificatesAt(site, 'certnew.cer', generation), [])));
  }
  if (found.length === 0) throw failure ?? new LyncauthError('SERVER_ERROR', `${site.host} serves no certificate of its CA`);
  return found.filter((der, i) => found.findIndex((other) => other.equals(der)) === i);
}

async function certificatesAt(site: Site, page: string, generation: number): Promise<Buffer[]> {
  const { body } = await site.get(page, { ReqID: 'CACert', Renewal: String(generation), Enc: 'b64' });
  if (!isPage(body)) return readCertificates(body);
  const hresult = findHresult(body.toString('utf8'));
  const words = hresult === undefined ? 'it sent a page instead' : (hresultWords(hresult) ?? hresult);
  throw new LyncauthError('SERVER_ERROR', `${site.host} does not serve the certificate of its CA: ${words}`, {
    details: hresult === undefined ? {} : { hresult },
  });
}

function notFound(site: Site, requestId: string): LyncauthError {
  return new LyncauthError('REQUEST_NOT_FOUND', `${site.host} knows no request ${requestId.slice(0, 40)}`, {
    hint: 'check the id, and that it is of this CA',
    details: { requestId: requestId.slice(0, 40) },
  });
}
