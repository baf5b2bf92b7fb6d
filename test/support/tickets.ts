/** What the practice organisation, in this very process, gives out in a sign-in: tokens, cookies, assertions, contexts. Nobody else may keep them. */
import { ServerResponse } from 'node:http';
import { vi } from 'vitest';

/** Shorter ones are no secrets: they would be found everywhere. */
const SHORTEST = 8;

export interface Tickets {
  /** Bearer tokens, the last one last. */
  tokens(): string[];
  cookies(): string[];
  /** Of each assertion its id and its signature, which no two have in common. */
  assertions(): string[];
  /** `wctx`: what a passive sign-in carries along. */
  contexts(): string[];
  all(): string[];
}

/** Writes down what is given out from now on, until vi.restoreAllMocks(). */
export function recordTickets(): Tickets {
  const setHeader = vi.spyOn(ServerResponse.prototype, 'setHeader');
  const end = vi.spyOn(ServerResponse.prototype, 'end');
  const headers = (name: string) => setHeader.mock.calls.flatMap(([each, value]) => (each.toLowerCase() === name ? [value].flat() : []));
  const bodies = () => end.mock.calls.map(([body]: unknown[]) => unescapeXml(String(body ?? '')));
  const inBodies = (pattern: RegExp) => bodies().flatMap((body) => [...body.matchAll(pattern)].map(([, found = '']) => found));
  const tickets = {
    tokens: () => inBodies(/"access_token":"([^"]+)"/g),
    cookies: () => headers('set-cookie').map((cookie) => /^[^=]+=([^;]*)/.exec(String(cookie))?.[1] ?? ''),
    assertions: () => [...inBodies(/AssertionID="([^"]+)"/g), ...inBodies(/SignatureValue>([^<]+)</g)],
    contexts: () => headers('location').flatMap((location) => new URL(String(location), 'https://localhost').searchParams.getAll('wctx')),
  };
  const all = () => [...new Set(Object.values(tickets).flatMap((list) => list()))].filter((each) => each.length >= SHORTEST);
  return { ...tickets, all };
}

function unescapeXml(text: string): string {
  const characters: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#34': '"', '#39': "'", amp: '&' };
  return text.replace(/&(lt|gt|quot|#34|#39|amp);/g, (_, name: string) => characters[name] ?? '');
}
