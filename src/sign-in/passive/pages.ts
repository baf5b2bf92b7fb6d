/** Which page of a sign-in it is. Fields, ids and values decide, never wording: pages are translated and dressed up. Pure, and sends nothing. */
import type { Field, Form, Page } from './page-reader.js';

/** The value of AuthMethod that means: sign in with a certificate. */
export const BY_CERTIFICATE = 'CertificateAuthentication';
const FIRST_FACTORS = new Set(['', 'FormsAuthentication', 'WindowsAuthentication', BY_CERTIFICATE]);
const UUID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/i;
const MSIS = /\bMSIS\d{4,5}\b/;

export type PageKind =
  /** Posts the token to whom it is for. */
  | { kind: 'token'; form: Form; wresult: string; wctx: string | undefined }
  /** Sends the browser to where the certificate is asked for. */
  | { kind: 'certificate'; form: Form }
  | { kind: 'problem' }
  /** Offers ways to sign in, the certificate among them; `additional` when it is for a second proof. */
  | { kind: 'choice'; form: Form | undefined; additional: boolean }
  /** Asks which organisation the user is of. */
  | { kind: 'home-realm' }
  /** Wants a second proof after the first. */
  | { kind: 'second-factor' }
  /** Asks for a password, and offers no certificate; `aspx` on AD FS 2.0. */
  | { kind: 'password'; aspx: boolean }
  | { kind: 'unknown' };

/**
 * What `page` is. The order of the questions matters: a page of one kind may have fields of a later one.
 *
 * @param shown whether the certificate was asked for before
 */
export function classify(page: Page, shown: boolean): PageKind {
  const posts = page.forms.filter(({ isPost }) => isPost);
  for (const form of posts) {
    const wresult = fieldValue(form, 'wresult');
    if (wresult !== undefined && wresult !== '') return { kind: 'token', form, wresult, wctx: fieldValue(form, 'wctx') };
  }
  const certificate = posts.find(
    (form) => fieldValue(form, 'RetrieveCertificate') !== undefined || fieldValue(form, 'AuthMethod') === BY_CERTIFICATE,
  );
  if (certificate) return { kind: 'certificate', form: certificate };
  const additional = posts.some((form) => isSecondFactor(form, shown));
  if (isProblem(page)) return { kind: 'problem' };
  if (page.methods.has(BY_CERTIFICATE) || page.scripted.has(BY_CERTIFICATE))
    return { kind: 'choice', form: posts.find(isOptions), additional };
  if (hasField(page, 'HomeRealmSelection')) return { kind: 'home-realm' };
  if (additional) return { kind: 'second-factor' };
  if (allFields(page).some(({ type }) => type === 'password')) return { kind: 'password', aspx: hasField(page, '__VIEWSTATE') };
  return { kind: 'unknown' };
}

/** Code and Activity ID of an error page, for an administrator to look up. The ID is found by its form, since its label is translated. */
export function reported({ text, problem }: Page): { msis: string | undefined; activityId: string | undefined } {
  const all = `${problem} ${text}`;
  return { msis: MSIS.exec(all)?.[0], activityId: UUID.exec(all)?.[0] };
}

/** The fields that a browser sends without anybody having typed, with `values` in the place of theirs or behind them. */
export function fill({ fields }: Form, values: Readonly<Record<string, string>>): string {
  const body = new URLSearchParams();
  for (const { name, value, type } of fields) if (type === 'hidden' && !Object.hasOwn(values, name)) body.append(name, value);
  for (const [name, value] of Object.entries(values)) body.append(name, value);
  return body.toString();
}

/** Names of its fields, for a person who has to find out what an unknown page is. Never a value. */
export function fieldNames(page: Page): string[] {
  return [...new Set(allFields(page).map(({ name }) => name.slice(0, 40)))].slice(0, 20);
}

function isProblem(page: Page): boolean {
  const { msis, activityId } = reported(page);
  return page.problem !== '' || msis !== undefined || (activityId !== undefined && page.forms.length === 0);
}

/** The form that a choice is sent with: a script puts the choice into its empty field. */
function isOptions(form: Form): boolean {
  return (
    form.id === 'options' || form.fields.some(({ id, name, value }) => id === 'optionSelection' || (name === 'AuthMethod' && value === ''))
  );
}

/** Pages of additional authentication carry their state in `Context`, beside the name of the method; and after the certificate only they have other names. */
function isSecondFactor(form: Form, shown: boolean): boolean {
  const method = fieldValue(form, 'AuthMethod');
  return method !== undefined && (fieldValue(form, 'Context') !== undefined || (shown && !FIRST_FACTORS.has(method)));
}

function fieldValue({ fields }: Form, name: string): string | undefined {
  return fields.find((field) => field.name === name)?.value;
}

function hasField(page: Page, name: string): boolean {
  return allFields(page).some((field) => field.name === name);
}

function allFields({ forms, loose }: Page): Field[] {
  return [...forms.flatMap(({ fields }) => fields), ...loose];
}
