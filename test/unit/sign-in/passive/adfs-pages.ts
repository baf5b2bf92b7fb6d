/** Pages as AD FS 2.0 to 2025 and its themes write them, for a fake of it: their fields and ids are what the products have, their words are not. */
export interface Theme {
  /** `singleQuotes`, `reordered`, `extraFields`, `translated`, `upperCase`. */
  readonly style?: 'singleQuotes' | 'reordered' | 'extraFields' | 'translated' | 'upperCase' | undefined;
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll("'", '&#39;');
}

/** An element without content, its attributes quoted and ordered as the theme likes. */
export function tag(name: string, attributes: Record<string, string>, { style }: Theme = {}): string {
  const quote = style === 'singleQuotes' ? "'" : '"';
  const pairs = Object.entries(attributes).map(
    ([key, value]) => `${style === 'upperCase' ? key.toUpperCase() : key}=${quote}${escapeHtml(value)}${quote}`,
  );
  if (style === 'reordered') pairs.reverse();
  return `<${style === 'upperCase' ? name.toUpperCase() : name} ${pairs.join(style === 'reordered' ? '\n   ' : ' ')}>`;
}

export function hidden(name: string, value: string, theme: Theme = {}, id = ''): string {
  return tag('input', { ...(id !== '' && { id }), type: 'hidden', name, value }, theme);
}

/** The page that posts the token. */
export function tokenPage(action: string, wresult: string, wctx: string | undefined, theme: Theme = {}): string {
  const fields = [
    hidden('wa', 'wsignin1.0', theme),
    hidden('wresult', wresult, theme),
    ...(wctx === undefined ? [] : [hidden('wctx', wctx, theme)]),
  ];
  const form = `${tag('form', { method: 'POST', name: 'hiddenform', action }, theme)}${fields.join('')}<noscript><p>Script is disabled.</p><input type="submit" value="Submit" /></noscript></form>`;
  return `<html><head><title>Working...</title></head><body>${form}<script language="javascript">window.setTimeout('document.forms[0].submit()', 0);</script></body></html>`;
}

/** The page between: sends itself on to where the certificate is asked for. */
export function certificatePage(action: string, theme: Theme = {}): string {
  const words =
    theme.style === 'translated' ? 'Wählen Sie ein Zertifikat aus' : 'Select a certificate that you want to use for authentication.';
  const extra = theme.style === 'extraFields' ? hidden('ThemeState', 'a&b', theme) : '';
  return page(
    `${tag('form', { id: 'loginForm', method: 'post', action }, theme)}<div>${words}</div>${hidden('AuthMethod', 'CertificateAuthentication', theme)}${hidden('RetrieveCertificate', '1', theme)}${extra}</form>`,
  );
}

export interface SignInPageOptions {
  certificate: boolean;
  /** Of the options form. */
  action: string;
  paginated?: boolean;
  theme?: Theme;
}

/** Password form and list of methods: 2012 R2 and 2016, or `paginated` as 2019 and later. */
export function signInPage({ certificate, action, paginated = false, theme = {} }: SignInPageOptions): string {
  const login = [
    tag('input', { id: 'userNameInput', name: 'UserName', type: 'email', value: '' }, theme),
    tag('input', { id: 'passwordInput', name: 'Password', type: 'password' }, theme),
    tag('input', { type: 'checkbox', name: 'Kmsi', value: 'true' }, theme),
  ].join('');
  const chosen = hidden('AuthMethod', 'FormsAuthentication', theme, 'optionForms');
  const words = theme.style === 'translated' ? 'Mit einem X.509-Zertifikat anmelden' : 'Sign in using an X.509 certificate';
  const link = (name: string) =>
    `${tag('a', { class: 'actionLink', href: '#', id: name, onclick: `SelectOption('${name}'); return false;` }, theme)}${words}</a>`;
  const extra = theme.style === 'extraFields' ? `${hidden('ThemeState', 'x', theme)}<select name="tenant"><option>1</option></select>` : '';
  const script = `<script type="text/javascript">function SelectOption(option){document.getElementById('optionSelection').value=option;document.forms['options'].submit();}</script>`;
  const options = [
    tag('form', { id: 'options', method: 'post', action }, theme),
    script,
    tag('input', { id: 'optionSelection', type: 'hidden', name: 'AuthMethod' }, theme),
    paginated ? hidden('UserName', '', theme, 'userNameInputOptionsHolder') : '',
    extra,
    link('FormsAuthentication'),
    certificate ? link('CertificateAuthentication') : `<!-- ${link('CertificateAuthentication')} -->`,
    '</form>',
  ].join('');
  const error = `<div id="error"><label id="errorText" for=""></label></div><span id="errorTextOption"></span>`;
  if (!paginated)
    return page(`${tag('form', { id: 'loginForm', method: 'post', action }, theme)}${error}${login}${chosen}</form>${options}`);
  return page(
    `${tag('form', { id: 'loginForm', class: 'paginatedPageForm', method: 'post', action: '/adfs/ls/?x=1' }, theme)}${error}${login}</form><div id="primaryOptionsPage">${chosen}${options}</div>`,
  );
}

/** FormsSignIn.aspx of AD FS 2.0. */
export function aspxPage(): string {
  return page(
    `<form name="aspnetForm" method="post" action="FormsSignIn.aspx?x=1" id="aspnetForm">${hidden('__VIEWSTATE', '/wEPDwUK')}<input name="ctl00$PasswordTextBox" type="password"></form>`,
  );
}

/** Wants one more proof. */
export function secondFactorPage(action: string): string {
  return page(
    `<form id="loginForm" method="post" action="${escapeHtml(action)}">${hidden('AuthMethod', 'AzureMfaAuthentication')}${hidden('Context', 'AAEC')}<input type="password" name="Otp"></form>`,
  );
}

/** @param text in the place for errors; `code` and the Activity ID stand below it */
export function errorPage(text: string, code = ''): string {
  return page(
    `<div id="errorArea"><div id="openingMessage">Fehler</div><div id="errorMessage">${escapeHtml(text)}</div><div>Aktivit&auml;ts-ID: 00000000-0000-0000-5000-0080000000d0</div><div>${code}</div></div>`,
  );
}

function page(body: string): string {
  return `<!DOCTYPE html><html lang="de"><head><title>Sign In</title><style>.x{content:"<form>"}</style></head><body>${body}</body></html>`;
}
