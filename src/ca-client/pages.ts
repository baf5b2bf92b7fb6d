/**
 * What a page of Active Directory Certificate Services says. Element ids and links are the same in every language, so they decide; English
 * sentences are looked at last. Pure: a page goes in, an answer comes out, whatever the page.
 */
import { findHresult } from './hresults.js';
import { hasId, plainText, textOfId, withoutScripts } from './markup.js';
import type { CertificateTemplate } from './types.js';

const MAX_MESSAGE = 500;
const MAX_TEMPLATES = 500;
/** `&` behind the number: a page that was cut in the middle of it does not count. Browsers get it in a script, others in a link. */
const CERTIFICATE_LINK = /certnew\.cer\?ReqID=(\d{1,10})&/i;

export type PageState =
  | { state: 'issued'; requestId: string }
  | { state: 'pending'; requestId: string }
  | { state: 'denied'; requestId?: string; hresult?: string; message?: string }
  | { state: 'error'; hresult?: string; message?: string }
  | { state: 'unknown' };

/** What certfnsh.asp says became of a request that was posted to it. The order of the questions matters. */
export function classifySubmission(html: string): PageState {
  const link = CERTIFICATE_LINK.exec(html)?.[1];
  if (link !== undefined && !/locDenied/i.test(html)) return { state: 'issued', requestId: link };
  const page = withoutScripts(html);
  if (hasId(page, 'locDenied')) return denied(page);
  if (hasId(page, 'locInfoReqID') || hasId(page, 'locInfoNewReq')) {
    const id = firstInteger(textOfId(page, 'locInfoReqID')) ?? firstInteger(textOfId(page, 'locInfoNewReq'));
    if (id !== undefined) return { state: 'pending', requestId: id };
  }
  if (hasId(page, 'locModeLabel') || findHresult(page) !== undefined) return { state: 'error', ...reported(page) };
  return classifyEnglish(page);
}

function classifyEnglish(page: string): PageState {
  const text = plainText(page);
  const pending = /certificate pending/i.test(text) ? /your request id is (\d{1,10})(?=\D)/i.exec(text)?.[1] : undefined;
  if (pending !== undefined) return { state: 'pending', requestId: pending };
  const message = /disposition message is "([^"]{1,500})/i.exec(text)?.[1];
  return message === undefined ? { state: 'unknown' } : { state: 'denied', message: message.trim() };
}

function denied(page: string): PageState {
  const text = textOfId(page, 'locInfoReqIDandReason') ?? '';
  const requestId = firstInteger(text);
  const hresult = findHresult(plainText(page));
  const message = /"([\s\S]*)"/.exec(text)?.[1]?.trim().slice(0, MAX_MESSAGE);
  return {
    state: 'denied',
    ...(requestId !== undefined && { requestId }),
    ...(hresult !== undefined && { hresult }),
    ...(message && { message }),
  };
}

/** A decimal number that is a word of its own: the digits of 0x80094800 are not. */
function firstInteger(text: string | undefined): string | undefined {
  return /\b(\d{1,10})\b/.exec(text ?? '')?.[1];
}

/** The failure code on an error page, and its words. */
function reported(page: string): { hresult?: string; message?: string } {
  const from = page.search(/\bid=["']?locModeLabel\b/i);
  const text = plainText(from === -1 ? page : page.slice(page.indexOf('>', from) + 1));
  const hresult = findHresult(text);
  return { ...(hresult !== undefined && { hresult }), ...(text !== '' && { message: text.slice(0, MAX_MESSAGE) }) };
}

/** Why certnew.cer sent a page instead of a certificate. */
export type UnavailableReason = { state: 'pending' } | { state: 'not-found' } | { state: 'denied'; hresult?: string; message?: string };

/**
 * What a page in the place of a certificate says: a failure code decides; without one the request still waits, unless the page says in
 * its ids or in English that it was denied.
 */
export function classifyUnavailable(html: string): UnavailableReason {
  const page = withoutScripts(html);
  const facts = reported(page);
  const saysDenied = hasId(page, 'locDenied') || /\bdenied\b/i.test(facts.message ?? '');
  if (facts.hresult === '0x80094004') return { state: 'not-found' };
  if (saysDenied || (facts.hresult !== undefined && facts.hresult !== '0x80094003')) return { state: 'denied', ...facts };
  return { state: 'pending' };
}

/** True for a body that is a page and not a certificate. */
export function isPage(body: Buffer): boolean {
  return /^(?:\u00ef\u00bb\u00bf)?\s*</.test(body.subarray(0, 1024).toString('latin1'));
}

/** The templates on certrqxt.asp: options whose value begins with `E;`, the common name, `;`. */
export function readTemplates(html: string): CertificateTemplate[] {
  const found = new Map<string, CertificateTemplate>();
  for (const [, value = '', label = ''] of html.matchAll(/<option\s{1,9}value="?E;([^;"<>]{1,128});[^<>]{0,2000}>([^<]{0,256})/gi)) {
    const name = plainText(value);
    if (name !== '' && !found.has(name)) found.set(name, { name, displayName: plainText(label) || name });
    if (found.size >= MAX_TEMPLATES) break;
  }
  return [...found.values()];
}

/** The index of the CA's newest certificate, from certcarc.asp: how often it was renewed. */
export function readRenewals(html: string): number | undefined {
  const digits = /\bvar nRenewals\s{0,9}=\s{0,9}(\d{1,3})\b/i.exec(html)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
