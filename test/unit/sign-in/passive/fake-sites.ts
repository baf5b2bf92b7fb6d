/** What stands on the hosts of the fake network: a pool that takes tokens, and AD FS with the traits of one generation. */
import { randomUUID } from 'node:crypto';
import { aspxPage, certificatePage, errorPage, secondFactorPage, signInPage, type Theme, tokenPage } from './adfs-pages.js';
import type { Answer, Asked, Site } from './fake-adfs.js';

export const WCTX = 'rm=0&id=passive&ru=%2fPassiveAuth%2fPassiveAuth.aspx';
/** Has in it what must survive HTML and form encoding. */
export const WRESULT = '<t:RequestSecurityTokenResponse a="1">&amp;tok+en 100% é</t:RequestSecurityTokenResponse>';
/** As long as those of a pool. */
export const ACCESS_TOKEN: string = `cwt=${'AAEBHAEFAAAAAAAFFQAAAExLuncauthTest'.repeat(17)}`;
const POOL = 'https://pool.lab.test';
const PASSIVE = '/PassiveAuth/PassiveAuth.aspx';

export function signInRequest(sts = 'https://sts.lab.test', realm = `${POOL}/PassiveAuth`, wctx = WCTX): string {
  return `${sts}/adfs/ls/?wa=wsignin1.0&wtrealm=${encodeURIComponent(realm)}&wctx=${encodeURIComponent(wctx)}&wct=2026-11-23T04%3a00%3a00Z`;
}

/** What answers at one host only. */
export function on(name: string, answer: (asked: Asked) => Answer | undefined): Site {
  return (asked) => (asked.host === name ? answer(asked) : undefined);
}

/** AD FS's own host, in front of {@link adfs} or instead of it. */
export function sts(answer: (asked: Asked) => Answer | undefined): Site {
  return on('sts.lab.test', answer);
}

/** The pool: sends to `sts`, takes WRESULT, gives cookies and a token for them. */
export function pool(sts?: string): Site {
  return ({ host, method, path, form, cookies }) => {
    if (host !== 'pool.lab.test') return undefined;
    const signedIn = cookies.FedAuth === 'one' && cookies.FedAuth1 === 'two';
    if (path === '/WebTicket/oauthtoken') {
      if (signedIn) return json(200, { access_token: ACCESS_TOKEN, expires_in: 28289, token_type: 'Bearer' });
      return json(400, { error: 'invalid_grant', ms_rtc_passiveauthuri: `${POOL}${PASSIVE}` });
    }
    if (method === 'GET') return signedIn ? { body: 'done' } : redirect(signInRequest(sts));
    if (form.get('wa') !== 'wsignin1.0' || form.get('wresult') !== WRESULT || form.get('wctx') !== WCTX) return { status: 500 };
    const cookie = (name: string, value: string) => `${name}=${value}; path=/; secure; HttpOnly`;
    return redirect(PASSIVE, 302, [cookie('FedAuth', 'one'), cookie('FedAuth1', 'two')]);
  };
}

export interface Traits {
  generation: '2.0' | '2012R2' | '2016' | '2019' | '2022';
  certificateHost: '49443' | 'certauth' | 'sslclient';
  /** How 443 sends the browser to the certificate. */
  via: 'form' | '307';
  methods: 'all' | 'certificateOnly' | 'noCertificate' | 'windows';
  /** What comes after the certificate. */
  result: '302' | 'direct';
  theme: Theme['style'];
  fail: 'noCertificate' | '204' | 'reset' | 'signInAgain' | 'secondFactor' | 'forbidden' | undefined;
  /** The host it runs on. */
  sts: string;
}

const USUAL: Traits = {
  generation: '2016',
  certificateHost: 'certauth',
  via: 'form',
  methods: 'all',
  result: '302',
  theme: undefined,
  fail: undefined,
  sts: 'sts.lab.test',
};

/** AD FS: `action` is who gets the token. */
export function adfs(traits: Partial<Traits> = {}, action = `${POOL}${PASSIVE}`, wresult = WRESULT): Site {
  const all = { ...USUAL, ...traits };
  const { generation, certificateHost, sts, methods, via } = all;
  const theme: Theme = { style: all.theme };
  const tickets = new Set<string>();
  const hosts = { certauth: `certauth.${sts}`, '49443': `${sts}:49443`, sslclient: sts };
  const query = ({ query: parameters }: Asked) => `?${new URLSearchParams([...parameters, ['client-request-id', '5e3d1b1c']])}`;
  const token = (asked: Asked) => ({ body: tokenPage(action, wresult, asked.query.get('wctx') ?? undefined, theme) });

  function certificateAnswer(asked: Asked): Answer {
    if (all.fail === '204') return { status: 204 };
    if (all.fail === 'reset') return { reset: true };
    if (all.fail === 'forbidden') return { status: 403 };
    if (all.fail === 'secondFactor') return { body: secondFactorPage(`https://${sts}/adfs/ls/${query(asked)}`) };
    if (all.fail === 'noCertificate' || (asked.shown === undefined && certificateHost !== 'sslclient')) {
      return { body: errorPage('No valid client certificate found in the request.') };
    }
    if (all.result === 'direct') return token(asked);
    const ticket = randomUUID();
    if (all.fail !== 'signInAgain') tickets.add(ticket);
    const domain = certificateHost === 'certauth' ? `; domain=${sts}` : '';
    const cookie = (name: string, value: string) => `${name}=${value}; path=/adfs${domain}; HttpOnly; Secure; SameSite=None`;
    return redirect(`https://${sts}:443/adfs/ls/${query(asked)}`, 302, [
      cookie('MSISAuth', ticket.slice(0, 18)),
      cookie('MSISAuth1', ticket.slice(18)),
    ]);
  }

  function mainAnswer(asked: Asked): Answer {
    const { cookies, form, path } = asked;
    if (tickets.has(`${cookies.MSISAuth}${cookies.MSISAuth1}`)) return token(asked);
    if (generation === '2.0') return path.startsWith('/adfs/ls/auth/sslclient/') ? certificateAnswer(asked) : aspx(asked);
    const there = `https://${hosts[certificateHost]}/adfs/ls/${query(asked)}`;
    const self = `https://${sts}${generation === '2012R2' ? '' : ':443'}/adfs/ls/${query(asked)}`;
    if (methods === 'windows' && path !== '/adfs/ls/wia' && form.size === 0)
      return redirect(`https://${sts}:443/adfs/ls/wia${query(asked)}`);
    if (path === '/adfs/ls/wia') return { status: 401, headers: { 'WWW-Authenticate': ['Negotiate', 'NTLM'] } };
    if (form.get('AuthMethod') === 'CertificateAuthentication' && methods !== 'noCertificate') {
      return form.get('RetrieveCertificate') === '1'
        ? redirect(there, 307)
        : { body: certificatePage(via === '307' ? self : there, theme) };
    }
    if (methods === 'certificateOnly') return { body: certificatePage(there, theme) };
    const paginated = generation === '2019' || generation === '2022';
    return { body: signInPage({ certificate: methods !== 'noCertificate', action: self, paginated, theme }) };
  }

  /** With TlsClient first it redirects at once; else its password page is what one sees. */
  function aspx(asked: Asked): Answer {
    return methods === 'certificateOnly' ? redirect(`/adfs/ls/auth/sslclient/${query(asked)}`) : { body: aspxPage() };
  }

  return (asked) => {
    if (asked.host === hosts[certificateHost] && certificateHost !== 'sslclient') return certificateAnswer(asked);
    return asked.host === sts ? mainAnswer(asked) : undefined;
  };
}

export function redirect(location: string, status = 302, cookies: string[] = []): Answer {
  return { status, headers: { Location: location, 'Set-Cookie': cookies } };
}

function json(status: number, value: object): Answer {
  return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) };
}
