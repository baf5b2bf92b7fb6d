/** What a passive sign-in request asks for, what is wrong with it, and where the pages that answer it lead. Answers nothing itself but errors. */
import { findRelyingParty } from '../federation.js';
import { htmlPage, type LabRequest } from '../message.js';
import { authenticationMethods } from '../security-token.js';
import { THEME_FIELD } from './markup.js';
import { errorPage, type PageTargets } from './pages.js';
import type { AdfsResponse, Service } from './service.js';
import { activityId } from './switches.js';

export const PATH = '/adfs/ls/';
/** Where AD FS 2.0 asks for the certificate. */
export const LATE_PATH = '/adfs/ls/auth/sslclient/';
/** The methods that a relying party may ask for by `wauth`. */
const SUPPORTED = [
  authenticationMethods.certificate,
  authenticationMethods.password,
  'http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/tlsclient',
  'urn:federation:authentication:windows',
];

/** What is wrong with a request, as AD FS numbers it. */
export function objection({ query }: LabRequest, { federation, switches }: Service): string | undefined {
  if (query.get('wa') === null) return 'MSIS7065';
  if (query.get('wa') !== 'wsignin1.0' || Number.isNaN(Date.parse(query.get('wct') ?? '2000-01-01T00:00:00Z'))) return 'MSIS7000';
  if (findRelyingParty(federation, query.get('wtrealm')) === undefined) return 'MSIS7007';
  const wanted = query.get('wauth');
  return switches.fail === 'msis7102' || (wanted !== null && !SUPPORTED.includes(wanted)) ? 'MSIS7102' : undefined;
}

/** A themed form whose own field did not come back: the theme's script would have seen to it. */
export function lostField(request: LabRequest, service: Service): AdfsResponse | undefined {
  if (service.switches.theme !== 'extra-fields' || request.path.toLowerCase() === LATE_PATH) return undefined;
  if (formOf(request).get(THEME_FIELD.name) === THEME_FIELD.value) return undefined;
  const note = 'the form came back without the field of the theme';
  return { ...htmlPage(errorPage(service.switches, activityId(request.path), undefined, 'MSIS7012')), note };
}

/** Every address keeps the query it came with, and gets an identifier of its own. */
export function targets(request: LabRequest, { federation, switches }: Service): PageTargets {
  const query = new URLSearchParams(request.query);
  if (!query.has('client-request-id')) query.set('client-request-id', activityId(query.toString()));
  const { hostname, port } = new URL(federation.sts);
  const host = switches.certificateHost === 'port' ? federation.certificateHost : `https://certauth.${hostname}${port && `:${port}`}`;
  return { self: `${federation.sts}${PATH}?${query}`, certificate: `${host}${PATH}?${query}` };
}

/** The fields of a posted form. */
export function formOf(request: LabRequest): URLSearchParams {
  return new URLSearchParams(request.method === 'POST' ? request.body.toString('utf8') : '');
}

/** The query as it came, with its question mark. */
export function search({ query }: LabRequest): string {
  return `?${query}`;
}
