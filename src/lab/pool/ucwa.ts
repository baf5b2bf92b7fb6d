/** The resources of one UCWA application as pure functions: application, me, presence, events and their links. Keeps nothing. */
import type { Account } from '../accounts.js';
import { fieldValue } from '../message.js';
import { empty, json, type PoolRequest, type PoolResponse } from './pool.js';
import type { Application } from './state.js';

export const applicationsPath = '/ucwa/oauth/v1/applications';
const POLL_SECONDS = 180;
const LONGEST_POLL_SECONDS = 1800;
/** The first event, after the application was made available, is number 1; nothing else happens here. */
const LAST_EVENT = 1;

interface Answer {
  readonly response: PoolResponse;
  /** The application after the request. */
  readonly after: Application;
}

/** Answers a request for `resource`, the path below the application: '' for itself, `me/makemeavailable`. */
export function ucwa(application: Application, account: Account, request: PoolRequest, resource: string): Answer {
  const unchanged = (response: PoolResponse): Answer => ({ response, after: application });
  switch (`${request.method} ${resource}`) {
    case 'GET ':
      return unchanged(json(200, applicationResource(application, account)));
    case 'GET me':
      return unchanged(json(200, me(application, account)));
    case 'GET events':
      return unchanged(events(application, request));
    case 'POST me/makemeavailable':
      return makeMeAvailable(application, request);
    case 'POST me/reportmyactivity':
      return unchanged(application.available ? empty(204) : ucwaError(409, 'Conflict', 'MakeMeAvailableRequired'));
    case 'GET me/presence':
      return unchanged(application.available ? presence(application) : ucwaError(409, 'Conflict', 'MakeMeAvailableRequired'));
    default:
      return unchanged(
        GET_ONLY.includes(resource) && request.method === 'GET' ? json(200, hub(application, resource)) : notFound(resource),
      );
  }
}

const GET_ONLY = ['policies', 'people', 'communication', 'onlinemeetings'];
const KNOWN = ['', 'me', 'events', 'me/makemeavailable', 'me/reportmyactivity', 'me/presence', ...GET_ONLY];

function notFound(resource: string): PoolResponse {
  return KNOWN.includes(resource) ? ucwaError(405, 'MethodNotAllowed') : ucwaError(404, 'NotFound', 'ResourceNotFound');
}

/** The application with what it embeds. */
export function applicationResource(application: Application, account: Account): object {
  const self = pathOf(application);
  return {
    culture: application.culture,
    userAgent: application.userAgent,
    endpointId: application.endpointId,
    _links: links({ self, policies: `${self}/policies`, batch: `${self}/batch`, events: `${self}/events?ack=1` }),
    _embedded: {
      me: me(application, account),
      people: hub(application, 'people'),
      onlineMeetings: hub(application, 'onlineMeetings'),
      communication: hub(application, 'communication'),
    },
    rel: 'application',
  };
}

function me(application: Application, account: Account): object {
  const self = `${pathOf(application)}/me`;
  const more: Record<string, string> = application.available
    ? { reportMyActivity: `${self}/reportMyActivity`, presence: `${self}/presence` }
    : { makeMeAvailable: `${self}/makeMeAvailable` };
  return {
    name: /^CN=([^,]+)/.exec(account.subject)?.[1] ?? account.name,
    uri: `sip:${account.upn}`,
    ...(account.email === undefined ? {} : { emailAddresses: [account.email] }),
    _links: links({ self, ...more }),
    rel: 'me',
  };
}

function hub(application: Application, rel: string): object {
  return { _links: links({ self: `${pathOf(application)}/${rel}` }), rel };
}

function presence(application: Application): PoolResponse {
  return json(200, { availability: 'Online', _links: links({ self: `${pathOf(application)}/me/presence` }), rel: 'presence' });
}

function makeMeAvailable(application: Application, request: PoolRequest): Answer {
  if (!isObject(jsonBody(request))) return { response: ucwaError(400, 'BadRequest', 'DeserializationFailure'), after: application };
  if (application.available) return { response: ucwaError(409, 'Conflict', 'AlreadyExists'), after: application };
  return { response: empty(204), after: { ...application, available: true } };
}

/** The event channel: answers when there is something to tell, or when the client's `timeout` (seconds) is over. */
function events(application: Application, request: PoolRequest): PoolResponse {
  const base = `${pathOf(application)}/events`;
  const ack = Number(fieldValue(request.query, 'ack') ?? 1);
  if (!Number.isInteger(ack) || ack < 1 || ack > LAST_EVENT + 1) {
    return json(200, { _links: links({ self: `${base}?ack=${ack}`, resync: `${base}?ack=1` }), sender: [] });
  }
  const asked = Number(fieldValue(request.query, 'timeout') ?? POLL_SECONDS);
  const seconds = asked >= 1 ? Math.min(asked, LONGEST_POLL_SECONDS) : POLL_SECONDS;
  const href = `${pathOf(application)}/me`;
  const isNew = application.available && ack <= LAST_EVENT;
  const next = isNew ? ack + 1 : ack;
  const sender = isNew ? [{ rel: 'me', href, events: [{ link: { rel: 'me', href }, type: 'updated' }] }] : [];
  const answer = json(200, { _links: links({ self: `${base}?ack=${ack}`, next: `${base}?ack=${next}` }), sender });
  return isNew ? answer : { ...answer, delayMs: seconds * 1000 };
}

/** An error as UCWA describes it. */
export function ucwaError(status: number, code: string, subcode?: string): PoolResponse {
  const detail = subcode === undefined ? {} : { subcode };
  return json(status, { code, ...detail, message: 'The practice organisation could not complete the request.' });
}

/** The body's JSON value; undefined when it is not JSON. */
export function jsonBody(request: PoolRequest): unknown {
  try {
    return JSON.parse(request.body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** True for a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function pathOf({ id }: Application): string {
  return `${applicationsPath}/${id}`;
}

function links(hrefs: Record<string, string>): Record<string, { href: string }> {
  return Object.fromEntries(Object.entries(hrefs).map(([rel, href]) => [rel, { href }]));
}
