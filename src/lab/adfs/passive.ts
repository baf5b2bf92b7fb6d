/** Passive sign-in at the practice organisation's AD FS: /adfs/ls/ (WS-Federation 1.2 section 13), on both of its hosts. */
import { findAccount } from '../accounts.js';
import { findRelyingParty } from '../federation.js';
import { htmlPage, type LabRequest } from '../message.js';
import { authenticationMethods, issueSecurityToken } from '../security-token.js';
import { cardUser } from './card-user.js';
import {
  certificatePage,
  errorPage,
  finalPage,
  moreProofPage,
  noCertificatePage,
  signedOutPage,
  signInPage,
  tokenResponse,
} from './pages.js';
import { formOf, LATE_PATH, lostField, objection, PATH, search, targets } from './passive-request.js';
import type { AdfsResponse, Service } from './service.js';
import { finalCookies, type SignedIn } from './single-sign-on.js';
import { activityId } from './switches.js';
import { textsOf } from './texts.js';

const WINDOWS_PATH = '/adfs/ls/wia';
const FOREVER_MS = 24 * 60 * 60 * 1000;

/** True for what this file answers. */
export function isPassive(request: LabRequest): boolean {
  return `${request.path.toLowerCase()}/`.startsWith(PATH);
}

/** Answers at the ordinary host. */
export function passive(request: LabRequest, service: Service): AdfsResponse {
  if (request.query.get('wa') === 'wsignout1.0') return signOut(request, service);
  const wrong = objection(request, service);
  if (wrong !== undefined) return htmlPage(errorPage(service.switches, activityId(request.path), undefined, wrong));
  const known = service.signOn.find(request);
  if (known !== undefined && request.query.get('wfresh') !== '0') return final(request, service, known);
  const path = request.path.toLowerCase();
  if (service.switches.generation === '2.0') {
    return path === LATE_PATH ? judgeCertificate(request, service) : redirect(`${LATE_PATH}${search(request)}`);
  }
  if (path === WINDOWS_PATH) return { ...htmlPage('', 401), headers: { 'WWW-Authenticate': ['Negotiate', 'NTLM'] } };
  return request.method === 'POST' ? chosen(request, service) : start(request, service);
}

/** Answers at the host that asks for a certificate. */
export function passiveWithCertificate(request: LabRequest, service: Service): AdfsResponse {
  const wrong = objection(request, service);
  if (wrong !== undefined) return htmlPage(errorPage(service.switches, activityId(request.path), undefined, wrong));
  const fields = formOf(request);
  const asked = fields.get('AuthMethod') === 'CertificateAuthentication' && fields.get('RetrieveCertificate') === '1';
  if (request.method !== 'POST' || !asked) return htmlPage(certificatePage(service.switches, targets(request, service)));
  return lostField(request, service) ?? judgeCertificate(request, service);
}

function start(request: LabRequest, service: Service): AdfsResponse {
  const { switches } = service;
  if (switches.methods === 'windows') return redirect(`${service.federation.sts}${WINDOWS_PATH}${search(request)}`);
  const here = targets(request, service);
  return htmlPage(switches.methods === 'certificate' ? certificatePage(switches, here) : signInPage(switches, here));
}

function chosen(request: LabRequest, service: Service): AdfsResponse {
  const { switches } = service;
  const here = targets(request, service);
  const fields = formOf(request);
  const lost = lostField(request, service);
  if (lost !== undefined) return lost;
  switch (fields.get('AuthMethod')) {
    case 'CertificateAuthentication':
      if (switches.methods === 'password') return htmlPage(signInPage(switches, here));
      return fields.get('RetrieveCertificate') === '1'
        ? { status: 307, headers: { Location: here.certificate }, body: '' }
        : htmlPage(certificatePage(switches, here));
    case 'FormsAuthentication': {
      const account = switches.methods === 'certificate' ? undefined : findAccount(fields.get('UserName') ?? '');
      if (account === undefined || account.password !== fields.get('Password')) {
        return htmlPage(signInPage(switches, here, textsOf(switches.theme).wrongPassword));
      }
      return signedIn(request, service, { account, authenticationMethod: authenticationMethods.password });
    }
    default:
      return start(request, service);
  }
}

function judgeCertificate(request: LabRequest, service: Service): AdfsResponse {
  const { switches, root, now } = service;
  if (switches.fail === '204') return silent();
  if (switches.fail === 'hang') return { ...htmlPage(''), delayMs: FOREVER_MS };
  const user = cardUser(switches.fail === 'no-certificate' ? undefined : request.peerCertificate, root, now());
  if ('refused' in user) {
    if (root === undefined && request.peerCertificate !== undefined) return silent(user.refused);
    const nobody = user.refused.startsWith('no account');
    // A certificate that is nobody's leads back to where it began; one that is not valid is as good as none.
    const body = nobody ? signInPage(switches, targets(request, service)) : noCertificatePage(switches, activityId(request.path));
    return { ...htmlPage(body), note: user.refused };
  }
  return signedIn(request, service, { account: user.account, authenticationMethod: authenticationMethods.certificate });
}

/** All that a server has to say of a certificate whose CA it does not trust. */
function silent(note?: string): AdfsResponse {
  return { status: 204, headers: {}, body: '', ...(note === undefined ? {} : { note }) };
}

/** After the first proof: another page, or the way back with a cookie, or the token at once. */
function signedIn(request: LabRequest, service: Service, user: SignedIn): AdfsResponse {
  const { switches, federation } = service;
  if (switches.fail === 'mfa') return htmlPage(moreProofPage(switches, targets(request, service)));
  if (switches.directToken || switches.generation === '2.0') return final(request, service, user);
  const cookies = service.signOn.begin(user, switches, new URL(federation.sts).hostname);
  return {
    status: 302,
    headers: { Location: `${federation.sts}${request.path}${search(request)}`, 'Set-Cookie': cookies },
    body: '',
    account: user.account,
  };
}

function final(request: LabRequest, service: Service, user: SignedIn): AdfsResponse {
  const { switches, federation, signOn, now } = service;
  if (switches.fail === 'msis7042' || signOn.loops(request, now())) {
    return htmlPage(errorPage(switches, activityId(request.path), undefined, 'MSIS7042'));
  }
  const { identifier: audience, endpoint } = findRelyingParty(federation, request.query.get('wtrealm')) ?? federation.relyingParty;
  const order = { audience, authenticationMethod: user.authenticationMethod, now: now(), withoutSid: switches.withoutSid };
  const wresult = tokenResponse(issueSecurityToken(federation, user.account, order), audience);
  const page = htmlPage(finalPage(switches, endpoint, wresult, request.query.get('wctx') ?? undefined));
  const ended = switches.sso ? [] : signOn.end(request, switches, new URL(federation.sts).hostname);
  return { ...page, headers: { ...page.headers, 'Set-Cookie': [...finalCookies(now()), ...ended] }, account: user.account };
}

/** Ends the session; `wreply` is followed only below the relying party's endpoint. */
function signOut(request: LabRequest, service: Service): AdfsResponse {
  const { switches, federation, signOn } = service;
  const known = signOn.find(request);
  const cookies = signOn.end(request, switches, new URL(federation.sts).hostname);
  const reply = request.query.get('wreply');
  if (reply?.startsWith(federation.relyingParty.endpoint))
    return { ...redirect(reply), headers: { Location: reply, 'Set-Cookie': cookies } };
  const page = htmlPage(signedOutPage(switches, known === undefined ? [] : [`${federation.relyingParty.endpoint}?wa=wsignoutcleanup1.0`]));
  return { ...page, headers: { ...page.headers, 'Set-Cookie': cookies } };
}

function redirect(location: string): AdfsResponse {
  return { status: 302, headers: { Location: location }, body: '' };
}
