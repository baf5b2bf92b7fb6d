/** What an unknown page is made of, for --trace: enough for somebody far away to teach this program the page. Never a value, a text or a query. */
import { redact } from '../../secret.js';
import type { Field, Form, Page } from './page-reader.js';

const MAX_LISTED = 60;
/** Names and ids are the server's to choose. */
const MAX_NAME = 64;

/**
 * The forms of `page` with their fields (`name#id:type`), fields outside of forms, ids of elements, and ways to sign in, a line each.
 * @param url - of the page; a form without an address is sent there
 */
export function outline(page: Page, url: URL): string[] {
  const lists: [string, readonly string[]][] = [
    ['fields outside of forms', page.loose.map(fieldText)],
    ['ids', [...page.ids]],
    ['ways to sign in', [...page.methods, ...page.scripted]],
  ];
  return [
    ...page.forms.slice(0, MAX_LISTED).map((form) => formText(form, url)),
    ...lists.filter(([, items]) => items.length > 0).map(([title, items]) => `${title}: ${listed(items)}`),
  ];
}

function formText({ id, action, isPost, fields }: Form, url: URL): string {
  const target = URL.canParse(action ?? '', url.href) ? new URL(action ?? '', url).host : 'an address that is none';
  return `form #${short(id)}, ${isPost ? 'POST' : 'GET'} to ${target}: ${listed(fields.map(fieldText))}`;
}

function fieldText({ name, id, type }: Field): string {
  return `${short(name)}#${short(id)}:${short(type)}`;
}

function listed(items: readonly string[]): string {
  return items.slice(0, MAX_LISTED).join(' ');
}

function short(text: string): string {
  return redact(text).slice(0, MAX_NAME);
}
