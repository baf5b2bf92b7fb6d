/** UCWA applications: creates them for who has a token, finds them for who they belong to, ends them, also when they are idle. */
import { randomInt } from 'node:crypto';
import type { Account } from '../accounts.js';
import { findFault, hasFault } from '../faults.js';
import { challenge } from './challenge.js';
import { empty, json, type Pool, type PoolRequest, type PoolResponse } from './pool.js';
import { type Application, readState, writeState } from './state.js';
import { checkToken } from './tokens.js';
import { applicationResource, applicationsPath, isObject, jsonBody, ucwa, ucwaError } from './ucwa.js';

/** Pools end an application about as soon as this after its last request. */
const IDLE_SECONDS = 600;
/** Characters, of what a client says of itself. */
const LONGEST_VALUE = 100;

/** Answers everything under /ucwa/oauth/v1/applications. */
export function applications(pool: Pool, request: PoolRequest): PoolResponse {
  const check = checkToken(pool, request);
  if (check.status !== 'valid') return challenge(pool, request, check);
  const { account } = check;
  const [id = '', ...names] = request.path.slice(applicationsPath.length).split('/').filter(Boolean);
  return { ...answer(pool, request, account, id, names.join('/').toLowerCase()), account };
}

function answer(pool: Pool, request: PoolRequest, account: Account, id: string, resource: string): PoolResponse {
  if (id === '') return request.method === 'POST' ? create(pool, request, account) : empty(405, { Allow: 'POST' });
  const found = findApplication(pool, id);
  if (typeof found === 'string') return ucwaError(404, 'NotFound', found);
  if (found.account !== account.name) return ucwaError(403, 'Forbidden', 'AuthorizationFailed');
  if (resource === '' && request.method === 'DELETE') return end(pool, found, 'deleted');
  const { response, after } = ucwa(found, account, request, resource);
  const busyMs = pool.now().getTime() + (response.delayMs ?? 0);
  replace(pool, id, { ...after, seenAt: new Date(busyMs).toISOString() });
  return response;
}

/** `UserAgent`, `EndpointId` and `Culture`, all required (UCWA, "applications"), named in any case, as samples do. */
function create(pool: Pool, request: PoolRequest, account: Account): PoolResponse {
  const body = jsonBody(request);
  if (!isObject(body)) return ucwaError(400, 'BadRequest', 'DeserializationFailure');
  const text = (name: string): string => {
    const value = Object.entries(body).find(([key]) => key.toLowerCase() === name)?.[1];
    return typeof value === 'string' ? value : '';
  };
  const given = { userAgent: text('useragent'), culture: text('culture'), endpointId: text('endpointid') };
  const wrong = Object.values(given).some((value) => value === '' || value.length > LONGEST_VALUE);
  if (wrong) return ucwaError(400, 'BadRequest', 'ParameterValidationFailure');
  if (hasFault(pool.faults, 'too-many-applications')) return ucwaError(409, 'Conflict', 'TooManyApplications');
  const state = readState(pool.dir);
  const id = String(randomInt(100_000_000, 1_000_000_000));
  const application: Application = { id, account: account.name, ...given, available: false, seenAt: pool.now().toISOString() };
  writeState(pool.dir, { ...state, applications: [...state.applications, application] });
  pool.log({ event: 'created', application: id, account: account.name });
  return json(201, applicationResource(application, account));
}

/** The application, or why there is none. */
function findApplication(pool: Pool, id: string): Application | 'ApplicationNotFound' | 'InactiveApplicationExpired' {
  const application = readState(pool.dir).applications.find((candidate) => candidate.id === id);
  if (application === undefined) return 'ApplicationNotFound';
  const limit = findFault(pool.faults, 'application-expires');
  const idleSeconds = limit === undefined ? IDLE_SECONDS : Number(limit.value ?? 0);
  if (pool.now().getTime() - new Date(application.seenAt).getTime() < idleSeconds * 1000) return application;
  end(pool, application, 'expired');
  return 'InactiveApplicationExpired';
}

function end(pool: Pool, { id, account }: Application, event: 'deleted' | 'expired'): PoolResponse {
  replace(pool, id, undefined);
  pool.log({ event, application: id, account });
  return empty(204);
}

function replace(pool: Pool, id: string, application: Application | undefined): void {
  const state = readState(pool.dir);
  const others = state.applications.filter((candidate) => candidate.id !== id);
  writeState(pool.dir, { ...state, applications: application === undefined ? others : [...others, application] });
}
