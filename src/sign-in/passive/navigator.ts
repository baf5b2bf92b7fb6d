/** From the page that a sign-in server shows to the next step: fills in the form that a person would choose. Decides nothing about where it may lead. */
import { LyncauthError } from '../../errors.js';
import type { HttpResponse } from '../../http/client.js';
import type { Log } from '../../log.js';
import { pageFailure, silentRefusal, startedAnew, unexpected } from './failures.js';
import { type Hop, httpsTarget } from './hop.js';
import { outline } from './outline.js';
import { type Form, type Page, readPage } from './page-reader.js';
import { BY_CERTIFICATE, classify, fieldNames, fill, type PageKind } from './pages.js';
import type { Parties } from './parties.js';
import { homeRealm, leadsNowhere, neverAsked, notOffered, secondFactor, windowsOnly } from './refusals.js';

/** What browsers send when the certificate is to be asked for; also taken by the address itself, without any page before. */
const PAIR = { AuthMethod: BY_CERTIFICATE, RetrieveCertificate: '1' };
const WINDOWS = /\b(?:negotiate|ntlm)\b/i;

export type Step = Hop | { readonly action: URL; readonly wresult: string; readonly wctx: string | undefined };

export interface Navigator {
  /**
   * @param shown whether the certificate was asked for before
   * @throws LyncauthError when the page is an error, or there is no way on from it
   */
  read(hop: Hop, response: HttpResponse, shown: boolean): Promise<Step>;
}

/** The navigator of one sign-in: at no server does it choose, or leave the pages aside, more than once. @param log - told what kind each page is */
export function createNavigator(parties: Parties, log: Log | undefined): Navigator {
  /** At which server the choice was made, or the direct address taken: each only once. */
  const chosen = new Set<string>();
  const direct = new Set<string>();

  async function post(form: Form, body: string, from: URL): Promise<Hop> {
    const hop: Hop = { method: 'POST', url: target(form, from), body };
    await parties.follow(hop, from);
    return hop;
  }

  /** Past the pages: what people who wrote scripts for AD FS do. @returns undefined when it was tried before */
  function straight({ host, origin, search }: URL, aspx: boolean): Hop | undefined {
    if (direct.has(origin)) return undefined;
    direct.add(origin);
    log?.verbose(`${host} shows no way to the certificate that is known: asking for it directly`);
    if (aspx) return { method: 'GET', url: new URL(`/adfs/ls/auth/sslclient/${search}`, origin) };
    return { method: 'POST', url: new URL(`/adfs/ls/${search}`, origin), body: new URLSearchParams(PAIR).toString() };
  }

  async function choose(form: Form | undefined, url: URL): Promise<Hop> {
    if (form !== undefined && !chosen.has(url.origin)) {
      chosen.add(url.origin);
      return await post(form, fill(form, { AuthMethod: BY_CERTIFICATE }), url);
    }
    const hop = straight(url, false);
    if (hop === undefined) throw leadsNowhere(url.host);
    return hop;
  }

  async function deliver({ form, wresult, wctx }: PageKind & { kind: 'token' }, url: URL): Promise<Step> {
    const action = target(form, url);
    if (parties.deliver(action, url) === 'pool') return { action, wresult, wctx };
    const body = fill(form, { wa: 'wsignin1.0', wresult, ...(wctx !== undefined && { wctx }) });
    return { method: 'POST', url: action, body, token: true };
  }

  async function next(page: Page, { url }: Hop, shown: boolean): Promise<Step> {
    const kind = classify(page, shown);
    log?.verbose(`${url.host} shows: ${kind.kind}`);
    switch (kind.kind) {
      case 'token':
        return await deliver(kind, url);
      case 'certificate':
        // A page that says what went wrong offers to begin again.
        if (shown && page.problem !== '') throw pageFailure(page, url.host, shown);
        return await post(kind.form, fill(kind.form, PAIR), url);
      case 'problem':
        throw pageFailure(page, url.host, shown);
      case 'choice':
        if (shown) throw kind.additional ? secondFactor(url.host, page.methods) : startedAnew(url.host);
        return await choose(kind.form, url);
      case 'home-realm':
        throw homeRealm(url.host);
      case 'second-factor':
        throw secondFactor(url.host, page.methods);
      case 'password': {
        if (shown) throw startedAnew(url.host);
        const hop = kind.aspx ? straight(url, true) : undefined;
        if (hop === undefined) throw notOffered(url.host, page.methods);
        return hop;
      }
      case 'unknown':
        for (const line of outline(page, url)) log?.trace(`${url.host}: ${line}`);
        throw unexpected(url.host, 200, fieldNames(page));
    }
  }

  return {
    read: async (hop, { status, headers, body, cardShown }, shown) => {
      const { url } = hop;
      if (status === 204) throw silentRefusal(url.host, status);
      if (status === 401 && WINDOWS.test(headers['www-authenticate'] ?? '')) {
        const hop = straight(url, /^\/adfs\/ls\/auth\//i.test(url.pathname));
        if (hop === undefined || shown) throw windowsOnly(url.host);
        return hop;
      }
      const page = readPage(body.toString('utf8'));
      if (status < 300) return await next(page, hop, shown);
      if (classify(page, shown).kind === 'problem') throw pageFailure(page, url.host, shown);
      if (status !== 403 || !parties.takesCertificate(url)) throw unexpected(url.host, status);
      throw cardShown === false ? neverAsked(url.host, status) : silentRefusal(url.host, status);
    },
  };
}

/** Where a form is sent; without an action, to the address of its page. */
function target({ action }: Form, from: URL): URL {
  if (action !== undefined && !URL.canParse(action, from.href)) {
    throw new LyncauthError('SERVER_ERROR', `${from.host} shows a form that leads nowhere`, {
      hint: 'tell the administrator of that server',
    });
  }
  return httpsTarget(action === undefined ? from : new URL(action, from), from);
}
