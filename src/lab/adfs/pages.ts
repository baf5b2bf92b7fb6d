/**
 * The HTML of the practice organisation's AD FS. Ids, field names and the shape of the forms are those that clients of real servers meet, by
 * generation; the words are ours.
 */
import type { SecurityToken } from '../security-token.js';
import { escapeXml } from '../xml.js';
import { createMarkup, type Markup } from './markup.js';
import type { Switches } from './switches.js';
import { type AdfsTexts, textsOf } from './texts.js';

/** Where the forms of a page lead to. */
export interface PageTargets {
  /** This page again, absolute. */
  readonly self: string;
  /** Where the certificate is asked for, absolute. */
  readonly certificate: string;
}

/** The page with the ways to sign in. @param error - shown above the fields */
export function signInPage(switches: Switches, targets: PageTargets, error = ''): string {
  const markup = createMarkup(switches.theme);
  const texts = textsOf(switches.theme);
  const relative = new URL(targets.self).pathname + new URL(targets.self).search;
  const method = markup.hidden('AuthMethod', 'FormsAuthentication', 'optionForms');
  const options = switches.methods === 'password' ? '' : optionsForm(markup, texts, targets.self, switches.paginated);
  const fields = `${markup.tag('input', { id: 'userNameInput', name: 'UserName', type: 'email', value: '' })}${markup.tag('input', { id: 'passwordInput', name: 'Password', type: 'password' })}`;
  if (switches.paginated) {
    const form = markup.form(
      { method: 'post', id: 'loginForm', class: 'paginatedPageForm', action: relative },
      '<div id="usernamePage"></div>',
      fields,
    );
    // The method stands outside any form: the page's script carries it over.
    return page(
      texts,
      `${errorText('errorText', error)}${form}<div id="primaryOptionsPage">${errorText('errorTextOption', '')}${method}${options}</div><div id="passwordPage"></div>`,
    );
  }
  const keep = markup.tag('input', { type: 'checkbox', name: 'Kmsi', id: 'kmsiInput', value: 'true' });
  return page(
    texts,
    markup.form({ method: 'post', id: 'loginForm', action: targets.self }, errorText('errorText', error), fields, keep, method) + options,
  );
}

function optionsForm(markup: Markup, texts: AdfsTexts, action: string, paginated: boolean): string {
  const script =
    "<script>function SelectOption(option) { var i = document.getElementById('optionSelection'); i.value = option; document.forms['options'].submit(); return false; }</script>";
  const user = paginated ? markup.tag('input', { id: 'userNameInputOptionsHolder', name: 'UserName', value: '', type: 'hidden' }) : '';
  const link = markup.tag('a', {
    class: 'actionLink',
    id: 'CertificateAuthentication',
    href: '#',
    onclick: "SelectOption('CertificateAuthentication'); return false;",
  });
  return markup.form(
    { id: 'options', method: 'post', action },
    script,
    markup.hidden('AuthMethod', undefined, 'optionSelection'),
    user,
    `<h2>${texts.other}</h2><div class="groupMargin">${link}${texts.byCertificate}</a></div>`,
  );
}

/** The page that sends itself to where the certificate is asked for. */
export function certificatePage(switches: Switches, targets: PageTargets): string {
  const markup = createMarkup(switches.theme);
  const texts = textsOf(switches.theme);
  const action = switches.certificateByRedirect ? targets.self : targets.certificate;
  const form = markup.form(
    { method: 'post', id: 'loginForm', action },
    `<div id="certificateMessage">${texts.selectCertificate}</div>`,
    markup.hidden('AuthMethod', 'CertificateAuthentication', 'optionForms'),
    markup.hidden('RetrieveCertificate', '1', 'retrieveCertificate'),
  );
  return page(texts, `${form}<script>document.forms['loginForm'].submit();</script>`);
}

/** The page that sends the token to the relying party (WS-Federation 1.2 section 13.2.3). @param context - `wctx`, absent when none came */
export function finalPage(switches: Switches, endpoint: string, wresult: string, context: string | undefined): string {
  const markup = createMarkup(switches.theme);
  const texts = textsOf(switches.theme);
  const form = markup.form(
    { method: 'POST', name: 'hiddenform', action: endpoint },
    markup.hidden('wa', 'wsignin1.0'),
    markup.hidden('wresult', wresult),
    context === undefined ? '' : markup.hidden('wctx', context),
    `<noscript><p>${texts.notReal}</p>${markup.tag('input', { type: 'submit', value: texts.submit })}</noscript>`,
  );
  const script = "<script>window.setTimeout('document.forms[0].submit()', 0);</script>";
  return `<html><head><title>${texts.working}</title></head><body>${form}${script}</body></html>`;
}

/** After the first proof: another one is wanted, which a card cannot give. */
export function moreProofPage(switches: Switches, targets: PageTargets): string {
  const markup = createMarkup(switches.theme);
  const texts = textsOf(switches.theme);
  const fields = [markup.hidden('AuthMethod', 'AzureMfaAuthentication', 'authMethod'), markup.hidden('Context', 'practice', 'context')];
  const code = markup.tag('input', { id: 'verificationCodeInput', name: 'VerificationCode', type: 'text' });
  return page(texts, markup.form({ method: 'post', id: 'loginForm', action: targets.self }, `<p>${texts.moreProof}</p>`, ...fields, code));
}

/** The page for what cannot go on. @param code - such as `MSIS7042`; undefined where AD FS names none */
export function errorPage(switches: Switches, activity: string, text: string | undefined, code?: string): string {
  const texts = textsOf(switches.theme);
  const details = code === undefined ? '' : `<p>Error details: ${code}</p>`;
  return page(
    texts,
    `<div id="errorArea"><div id="openingMessage">${texts.error}</div>${errorText('errorMessage', text ?? texts.error)}<p>Activity ID: ${activity}</p><p>Relying party: practice pool</p>${details}<p>Cookie: enabled</p></div>`,
  );
}

/** The page for a card that was not shown, or not accepted. */
export function noCertificatePage(switches: Switches, activity: string): string {
  return errorPage(switches, activity, textsOf(switches.theme).noCertificate);
}

/** @param cleanups - addresses of the relying parties to be told */
export function signedOutPage(switches: Switches, cleanups: readonly string[]): string {
  const texts = textsOf(switches.theme);
  return page(texts, `<p>${texts.signedOut}</p>${cleanups.map((url) => `<iframe src="${escapeXml(url)}"></iframe>`).join('')}`);
}

function errorText(id: string, text: string): string {
  return `<span id="${id}" role="alert">${escapeXml(text)}</span>`;
}

function page(texts: AdfsTexts, content: string): string {
  return `<!DOCTYPE html>\n<html><head><title>${texts.title}</title></head><body><p>${texts.notReal}</p><div id="workArea">${content}</div></body></html>`;
}

/** The `wresult` of a token: a RequestSecurityTokenResponse of WS-Trust 2005/02. */
export function tokenResponse({ assertion, notBefore, notAfter }: SecurityToken, audience: string): string {
  const utility = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
  return `<t:RequestSecurityTokenResponse xmlns:t="http://schemas.xmlsoap.org/ws/2005/02/trust"><t:Lifetime><wsu:Created xmlns:wsu="${utility}">${notBefore}</wsu:Created><wsu:Expires xmlns:wsu="${utility}">${notAfter}</wsu:Expires></t:Lifetime><wsp:AppliesTo xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy"><wsa:EndpointReference xmlns:wsa="http://www.w3.org/2005/08/addressing"><wsa:Address>${escapeXml(audience)}</wsa:Address></wsa:EndpointReference></wsp:AppliesTo><t:RequestedSecurityToken>${assertion}</t:RequestedSecurityToken><t:TokenType>urn:oasis:names:tc:SAML:1.0:assertion</t:TokenType><t:RequestType>http://schemas.xmlsoap.org/ws/2005/02/trust/Issue</t:RequestType><t:KeyType>http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey</t:KeyType></t:RequestSecurityTokenResponse>`;
}
