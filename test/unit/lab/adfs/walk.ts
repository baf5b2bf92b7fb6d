/** A passive sign-in walked by hand: what a browser and its user do at AD FS, with this program's HTTPS client under it. */
import { parse } from 'parse5';
import { onTestFinished } from 'vitest';
import { createHttpClient, type HttpClient, type HttpRequest, type HttpResponse } from '../../../../src/http/client.js';
import type { ClientIdentity } from '../../../../src/signer.js';
import type { PracticeHosts } from '../../../support/practice-hosts.js';

export interface Form {
  id: string | undefined;
  name: string | undefined;
  action: URL;
  fields: Map<string, string>;
}

export interface Page extends HttpResponse {
  url: URL;
  text: string;
  forms: Form[];
  form(field: string): Form | undefined;
}

export interface Walk {
  cookies: Map<string, string>;
  get(url: URL): Promise<Page>;
  post(url: URL, fields: Iterable<[string, string]>): Promise<Page>;
  /** Follows a 302 by GET. */
  follow(page: Page): Promise<Page>;
  /** All the way to the form that carries the token. */
  toToken(): Promise<Page>;
  /** What AD FS is first asked, as the pool does. */
  start: URL;
}

/**
 * Only for one test.
 *
 * @param identity - shown wherever the URL is not AD FS's ordinary host
 */
export function startWalk(hosts: PracticeHosts, identity: ClientIdentity | undefined): Walk {
  const client: HttpClient = createHttpClient({ caFile: hosts.caFile, env: {}, timeoutMs: 5000 });
  onTestFinished(() => client.close());
  const cookies = new Map<string, string>();
  const start = new URL('/adfs/ls/', hosts.sts);
  start.searchParams.set('wa', 'wsignin1.0');
  start.searchParams.set('wtrealm', `${hosts.pool.origin}/PassiveAuth`);
  start.searchParams.set('wctx', 'rm=0&id=passive&ru=%2fPassiveAuth');
  start.searchParams.set('wct', new Date().toISOString());

  async function send(request: HttpRequest): Promise<Page> {
    const headers = { ...request.headers, Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
    const late = request.url.pathname === '/adfs/ls/auth/sslclient/';
    const shown = late || request.url.host === hosts.certificateHost.host ? identity : undefined;
    const response = await client.request({ ...request, headers, identity: shown });
    for (const line of [response.headers['set-cookie'] ?? []].flat()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    const text = response.body.toString('utf8');
    const forms = readForms(text, request.url);
    return { ...response, url: request.url, text, forms, form: (field) => forms.find((form) => form.fields.has(field)) };
  }

  const walk: Walk = {
    cookies,
    start,
    get: (url) => send({ method: 'GET', url }),
    post: (url, fields) =>
      send({
        method: 'POST',
        url,
        body: new URLSearchParams([...fields]).toString(),
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      }),
    follow: (page) => walk.get(new URL(String(page.headers.location), page.url)),
    toToken: async () => {
      const page = await walk.get(start);
      const options = page.forms.find(({ id }) => id === 'options');
      if (options === undefined) throw new Error('no options');
      const certificate = await walk.post(options.action, options.fields.set('AuthMethod', 'CertificateAuthentication'));
      const form = certificate.form('RetrieveCertificate');
      if (form === undefined) throw new Error('no certificate page');
      return await walk.follow(await walk.post(form.action, form.fields));
    },
  };
  return walk;
}

// biome-ignore lint/suspicious/noExplicitAny: parse5's tree, walked by the few names that forms need
type Node = any;

function readForms(html: string, base: URL): Form[] {
  const forms: Form[] = [];
  const visit = (node: Node, form: Form | undefined): void => {
    const attributes = new Map<string, string>((node.attrs ?? []).map(({ name, value }: Node) => [name, value]));
    let inside = form;
    if (node.tagName === 'form') {
      inside = {
        id: attributes.get('id'),
        name: attributes.get('name'),
        action: new URL(attributes.get('action') ?? '', base),
        fields: new Map(),
      };
      forms.push(inside);
    }
    const name = attributes.get('name');
    if (node.tagName === 'input' && name !== undefined) inside?.fields.set(name, attributes.get('value') ?? '');
    for (const child of node.childNodes ?? []) visit(child, inside);
  };
  visit(parse(html), undefined);
  return forms;
}
