/** What is said about a session, as JSON and in words. Never its token. */
import type { Outcome } from '../context.js';
import { EXIT } from '../errors.js';
import type { MethodName, Session } from './types.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const MINUTE_MS = 60 * 1000;

const TO_SIGN_IN = 'to sign in: lyncauth sign-in';

const METHOD_TEXTS: Record<MethodName, string> = {
  passive: 'passive: the card, at the sign-in page of the federation service',
  certificate: 'certificate: the card, by WS-Trust at the federation service',
  password: 'password: without the card',
};

/** The result of sign-in and of status. */
export interface SessionReport {
  signedIn: boolean;
  address: string | null;
  method: MethodName | null;
  notUsed: Session['notUsed'];
  /** Origin of the pool. */
  server: string | null;
  /** ISO 8601, as every date. */
  since: string | null;
  expiresAt: string | null;
  /** Address of the application at the server; null when none lives. */
  application: string | null;
  /** Null: nobody was asked, and `application` is the one that was opened. */
  applicationLive: boolean | null;
  certificate: { sha256: string; daysLeft: number } | null;
  /** Nothing keeps a session alive yet. */
  keeper: { running: false; pid: null };
}

/** How a session stands. */
export interface Standing {
  signedIn: boolean;
  /** Undefined where nobody was asked. */
  applicationLive: boolean | undefined;
}

/** The JSON of `session`; an application is left out only where somebody looked and there was none. */
export function reportSession(session: Session, standing: Standing, now: Date): SessionReport {
  const { address, method, notUsed, server, since, expiresAt, application, certificate } = session;
  return {
    signedIn: standing.signedIn,
    address,
    method,
    notUsed: notUsed.map((each) => ({ method: each.method, reason: each.reason })),
    server,
    since: since.toISOString(),
    expiresAt: expiresAt.toISOString(),
    application: standing.applicationLive === false ? null : (application ?? null),
    applicationLive: standing.applicationLive ?? null,
    certificate: certificate === undefined ? null : { sha256: certificate.sha256, daysLeft: daysLeft(certificate.notAfter, now) },
    keeper: { running: false, pid: null },
  };
}

/** For `status`, where no session is stored. @param lastAddress - remembered of the last sign-in */
export function reportNobody(lastAddress: string | undefined): Outcome<SessionReport> {
  const last = lastAddress === undefined ? '' : ` (the last one was ${lastAddress})`;
  return {
    result: {
      signedIn: false,
      address: lastAddress ?? null,
      method: null,
      notUsed: [],
      server: null,
      since: null,
      expiresAt: null,
      application: null,
      applicationLive: false,
      certificate: null,
      keeper: { running: false, pid: null },
    },
    exitCode: EXIT.refused,
    text: [`not signed in${last}`, TO_SIGN_IN],
  };
}

/** For `sign-in`. */
export function reportSignedIn(session: Session, now: Date): Outcome<SessionReport> {
  return {
    result: reportSession(session, { signedIn: true, applicationLive: true }, now),
    text: [
      `signed in as ${who(session)} at ${session.server}`,
      `method       ${METHOD_TEXTS[session.method]}`,
      ...session.notUsed.map(({ method, reason }, index) => `${index === 0 ? 'not used' : '        '}     ${method}: ${reason}`),
      ...validity(session, now),
    ],
  };
}

/** For `status`. */
export function reportStanding(session: Session, standing: Standing, now: Date): Outcome<SessionReport> {
  const result = reportSession(session, standing, now);
  if (!standing.signedIn) return { result, exitCode: EXIT.refused, text: [notSignedIn(session, now), TO_SIGN_IN] };
  return {
    result,
    text: [
      `signed in as ${who(session)} at ${session.server}`,
      `method       ${METHOD_TEXTS[session.method]}`,
      `since        ${utcMinute(session.since)}`,
      ...validity(session, now),
      `application  ${applicationText(standing)}`,
    ],
  };
}

function notSignedIn(session: Session, now: Date): string {
  const ended = `the token of ${session.address} for ${session.server}`;
  if (session.expiresAt <= now) return `not signed in: ${ended} was valid until ${utcMinute(session.expiresAt)}`;
  return `not signed in: ${session.server} no longer takes the token of ${session.address}`;
}

function applicationText({ applicationLive }: Standing): string {
  if (applicationLive === undefined) return 'not asked for (--offline)';
  return applicationLive ? 'live' : 'ended by the server, as it does with idle ones; lyncauth sign-in opens another';
}

function validity({ expiresAt, certificate }: Session, now: Date): string[] {
  const left = span(expiresAt.getTime() - now.getTime());
  return [
    `token        valid until ${utcMinute(expiresAt)} (${left})`,
    ...(certificate === undefined ? [] : [`certificate  of the card: ${daysText(certificate.notAfter, now)}`]),
  ];
}

function who({ displayName, address }: Session): string {
  return displayName === '' || displayName === address ? address : `${displayName} (${address})`;
}

function span(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / MINUTE_MS));
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function daysLeft(notAfter: Date, now: Date): number {
  return Math.floor((notAfter.getTime() - now.getTime()) / DAY_MS);
}

function daysText(notAfter: Date, now: Date): string {
  if (notAfter <= now) return `expired on ${utcMinute(notAfter)}`;
  const count = daysLeft(notAfter, now);
  return `${count === 1 ? '1 day' : `${count} days`} left`;
}

/** `2026-11-23 17:30 UTC`. */
export function utcMinute(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
