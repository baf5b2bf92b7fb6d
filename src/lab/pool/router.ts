/** The pool's web services as one handler: finds the one that a request is for, and puts on what every answer of a pool has. */
import { createHash } from 'node:crypto';
import { SKEW_MS } from '../fault-texts.js';
import { type Fault, hasFault, type SignInStep } from '../faults.js';
import { type Federation, otherPool } from '../federation.js';
import { appendLog } from '../log.js';
import type { LabRequest } from '../message.js';
import { spoil } from '../spoil.js';
import { applications } from './applications.js';
import { discoveryRoot, discoveryUser } from './discovery.js';
import { passiveAuth, relyingPartyMetadata } from './passive.js';
import { POOL_FQDN, type Pool, type PoolRequest, type PoolResponse } from './pool.js';
import { tokenService } from './token-service.js';

interface Route {
  /** Of the path, in small letters: IIS compares in any case. */
  readonly path: RegExp;
  readonly step: SignInStep;
  readonly answer: (pool: Pool, request: PoolRequest) => PoolResponse;
}

const routes: readonly Route[] = [
  { path: /^\/$|^\/autodiscover\/autodiscoverservice\.svc\/root\/?$/, step: 'discovery', answer: discoveryRoot },
  { path: /^\/autodiscover\/autodiscoverservice\.svc\/root\/(oauth\/)?user$/, step: 'discovery', answer: discoveryUser },
  { path: /^\/webticket\/oauthtoken$/, step: 'token', answer: tokenService },
  { path: /^\/passiveauth\/passiveauth\.aspx$/, step: 'passive', answer: passiveAuth },
  { path: /^\/passiveauth\/federationmetadata\/2007-06\/federationmetadata\.xml$/, step: 'passive', answer: relyingPartyMetadata },
  { path: /^\/ucwa\/oauth\/v1\/applications(\/|$)/, step: 'application', answer: applications },
];

/** Answers requests for the pool, and gives undefined for those that are not. */
export function poolHandler(base: {
  dir: string;
  federation: Federation;
  now: () => Date;
}): (request: LabRequest, faults: readonly Fault[]) => PoolResponse | undefined {
  const log: Pool['log'] = (entry) => appendLog(base.dir, base.now(), entry);
  return (labRequest, faults) => {
    const path = labRequest.path.toLowerCase();
    const route = routes.find((candidate) => candidate.path.test(path));
    if (route === undefined) return undefined;
    const skew = hasFault(faults, 'clock-skew') ? SKEW_MS : 0;
    const pool: Pool = { ...base, faults, now: () => new Date(base.now().getTime() + skew), log };
    const request = { ...labRequest, origin: originOf(labRequest, pool) };
    return withPoolHeaders(
      pool,
      request,
      spoil(request, route.step, faults, () => route.answer(pool, request)),
    );
  };
}

/**
 * The pool's own origin, or that of its other name where the client used that. The names of discovery (lyncdiscover.DOMAIN) lead to the
 * pool's own as well, always by https.
 */
function originOf(request: LabRequest, pool: Pool): string {
  const other = otherPool(pool.federation);
  return `https://${request.headers.host}` === other ? other : pool.federation.pool;
}

/** The correlation id is made from the request, so that handlers stay pure. */
function withPoolHeaders(pool: Pool, request: PoolRequest, response: PoolResponse): PoolResponse {
  const id = createHash('sha256').update(`${pool.now().toISOString()} ${request.method} ${request.path}`).digest().readUInt32BE();
  const clientId = request.headers['client-request-id'];
  return {
    ...response,
    headers: {
      'Cache-Control': 'no-cache',
      Date: pool.now().toUTCString(),
      'X-MS-Server-Fqdn': POOL_FQDN,
      'X-MS-Correlation-Id': String(id),
      ...(typeof clientId === 'string' ? { 'client-request-id': clientId.replace(/[^\w-]/g, '') } : {}),
      ...response.headers,
    },
  };
}
