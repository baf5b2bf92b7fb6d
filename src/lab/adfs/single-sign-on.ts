/** Who is signed in at AD FS, and the cookies that say so. Tickets are random, kept in memory only. */
import { randomBytes } from 'node:crypto';
import type { Account } from '../accounts.js';
import type { LabRequest } from '../message.js';
import type { Switches } from './switches.js';

/** AD FS refuses the sixth token within 20 seconds, and calls it a loop. */
const LOOP_TOKENS = 5;
const LOOP_MS = 20_000;
const PAST = 'Thu, 01 Jan 1970 00:00:00 GMT';

export interface SignedIn {
  readonly account: Account;
  readonly authenticationMethod: string;
}

interface Ticket extends SignedIn {
  /** When its tokens were issued, in milliseconds. */
  issued: number[];
}

export interface SingleSignOn {
  /** Starts a session. @returns `Set-Cookie` lines. */
  begin(user: SignedIn, switches: Switches, host: string): string[];
  find(request: LabRequest): SignedIn | undefined;
  /** Notes that a token was issued. @returns true when there were too many at once. */
  loops(request: LabRequest, now: Date): boolean;
  /** Ends the session. @returns `Set-Cookie` lines. */
  end(request: LabRequest, switches: Switches, host: string): string[];
}

/** Remembers nobody at first. */
export function createSingleSignOn(): SingleSignOn {
  const tickets = new Map<string, Ticket>();
  const find = (request: LabRequest): Ticket | undefined => tickets.get(ticketOf(request));
  return {
    begin: (user, switches, host) => {
      const value = randomBytes(96).toString('base64url');
      tickets.set(value, { ...user, issued: [] });
      return pieces(value, switches.cookieChunks).map(
        (piece, index) => `MSISAuth${index || ''}=${piece}; path=/adfs${domain(switches, host)}; HttpOnly; Secure; SameSite=None`,
      );
    },
    find,
    loops: (request, now) => {
      const ticket = find(request);
      if (ticket === undefined) return false;
      ticket.issued = [...ticket.issued.filter((time) => time > now.getTime() - LOOP_MS), now.getTime()];
      return ticket.issued.length > LOOP_TOKENS;
    },
    end: (request, switches, host) => {
      tickets.delete(ticketOf(request));
      const wide = domain(switches, host);
      return [...cookiesOf(request).keys()]
        .filter((name) => name.startsWith('MSIS'))
        .map(
          (name) =>
            `${name}=; expires=${PAST}; path=/adfs${name.startsWith('MSISAuth') && name !== 'MSISAuthenticated' ? wide : ''}; Secure`,
        );
    },
  };
}

/** The cookies that come with the final page. */
export function finalCookies(now: Date): string[] {
  const stamp = Buffer.from(now.toISOString()).toString('base64');
  return ['MSISAuthenticated', 'MSISLoopDetectionCookie', 'MSISSignOut'].map(
    (name) => `${name}=${stamp}; path=/adfs; HttpOnly; Secure; SameSite=None`,
  );
}

/** A cookie that is set as certauth.HOST is worth nothing unless HOST gets it too. */
function domain({ wideCookies, certificateHost }: Switches, host: string): string {
  return wideCookies || certificateHost === 'certauth' ? `; domain=${host}` : '';
}

/** RFC 6265 section 4.2. */
export function cookiesOf(request: LabRequest): Map<string, string> {
  const pairs = (request.headers.cookie ?? '').split(/;\s*/).map((pair) => /^([^=]+)=(.*)$/.exec(pair));
  return new Map(pairs.flatMap((pair) => (pair === null ? [] : [[pair[1] ?? '', pair[2] ?? '']])));
}

function ticketOf(request: LabRequest): string {
  const cookies = cookiesOf(request);
  let ticket = '';
  for (let index = 0; ; index += 1) {
    const piece = cookies.get(`MSISAuth${index || ''}`);
    if (piece === undefined) return ticket;
    ticket += piece;
  }
}

function pieces(text: string, count: number): string[] {
  const length = Math.ceil(text.length / Math.max(1, Math.min(count, text.length)));
  return text.match(new RegExp(`.{1,${length}}`, 'g')) ?? [];
}
