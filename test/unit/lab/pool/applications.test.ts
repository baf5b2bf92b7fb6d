/** UCWA applications at the pool, from POST to DELETE. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LabResponse } from '../../../../src/lab/message.js';
import { APPLICATIONS, body, createPoolLab, header, type PoolLab, type Question } from './pool-lab.js';

const ORDER = { UserAgent: 'lyncauth', EndpointId: '11111111-2222-3333-4444-555555555555', Culture: 'en-US' };
let pool: PoolLab;
let token: string;

beforeEach(async () => {
  pool = await createPoolLab();
  token = pool.token();
});

afterEach(() => {
  pool.remove();
});

function create(): string {
  return body(pool.ask(APPLICATIONS, { token, json: ORDER }))._links.self.href;
}

function ask(path: string, question: Question = {}): LabResponse {
  return pool.ask(path, { token, ...question });
}

function wait(seconds: number): void {
  pool.clock = new Date(pool.clock.getTime() + seconds * 1000);
}

describe('POST applications', () => {
  it('makes an application that says who the user is and where its resources are', () => {
    const response = pool.ask(APPLICATIONS, { token, json: ORDER });
    const { _links: links, _embedded: embedded, ...properties } = body(response);
    const self = links.self.href;

    expect(response.status).toBe(201);
    expect(self).toMatch(/^\/ucwa\/oauth\/v1\/applications\/\d+$/);
    expect(links.events.href).toBe(`${self}/events?ack=1`);
    expect(properties).toEqual({ culture: 'en-US', userAgent: 'lyncauth', endpointId: ORDER.EndpointId, rel: 'application' });
    expect(Object.keys(embedded)).toEqual(['me', 'people', 'onlineMeetings', 'communication']);
    expect(embedded.me).toMatchObject({ name: 'Alice Example', uri: 'sip:alice@lab.test' });
    expect(body(ask(self)).rel).toBe('application');
    expect(pool.events().at(-1)).toMatchObject({ event: 'created', account: 'LAB\\alice', application: self.split('/').at(-1) });
  });

  it.each([
    ['no token', { json: ORDER }, 401],
    ['no JSON', { method: 'POST' }, 400],
    ['a value instead of an object', { json: 'lyncauth' }, 400],
    ...['UserAgent', 'EndpointId', 'Culture'].flatMap((name): [string, Question, number][] => [
      [`no ${name}`, { json: { ...ORDER, [name]: undefined } }, 400],
      [`an empty ${name}`, { json: { ...ORDER, [name]: '' } }, 400],
      [`101 characters of ${name}`, { json: { ...ORDER, [name]: 'x'.repeat(101) } }, 400],
    ]),
  ])('refuses %s', (_, question: Question, status) => {
    expect(pool.ask(APPLICATIONS, status === 401 ? question : { token, ...question }).status).toBe(status);
  });

  it('takes 100 characters of what a client says of itself', () => {
    expect(ask(APPLICATIONS, { json: { ...ORDER, EndpointId: 'x'.repeat(100) } }).status).toBe(201);
  });

  it('refuses one application too many under the fault too-many-applications', () => {
    pool.fault('too-many-applications');
    const response = ask(APPLICATIONS, { json: ORDER });
    expect([response.status, body(response).subcode]).toEqual([409, 'TooManyApplications']);
  });
});

describe('me', () => {
  it('makes the user available once, and reports activity from then on', () => {
    const me = `${create()}/me`;
    const available = { json: { signInAs: 'Online', supportedModalities: ['Messaging'] } };

    expect(body(ask(me))._links.makeMeAvailable.href).toBe(`${me}/makeMeAvailable`);
    expect(body(ask(`${me}/reportMyActivity`, { method: 'POST' })).subcode).toBe('MakeMeAvailableRequired');
    expect(ask(`${me}/makeMeAvailable`, available).status).toBe(204);
    expect(body(ask(`${me}/makeMeAvailable`, available))).toMatchObject({ code: 'Conflict', subcode: 'AlreadyExists' });
    expect(ask(`${me}/reportMyActivity`, { method: 'POST' }).status).toBe(204);
    expect(Object.keys(body(ask(me))._links)).toEqual(['self', 'reportMyActivity', 'presence']);
    expect(body(ask(`${me}/presence`)).availability).toBe('Online');
  });

  it('says what is wrong with a request it cannot read', () => {
    expect(body(ask(`${create()}/me/makeMeAvailable`, { method: 'POST' })).subcode).toBe('DeserializationFailure');
  });
});

describe('events', () => {
  it('come at once when there is something to tell, and else when the time is over', () => {
    const self = create();
    expect(ask(`${self}/events?ack=1`).delayMs).toBe(180_000);
    ask(`${self}/me/makeMeAvailable`, { json: {} });
    const first = ask(`${self}/events?ack=1`);

    expect(first.delayMs).toBeUndefined();
    expect(body(first).sender[0].events).toEqual([{ link: { rel: 'me', href: `${self}/me` }, type: 'updated' }]);
    expect(body(first)._links.next.href).toBe(`${self}/events?ack=2`);
    const second = ask(`${self}/events?ack=2&timeout=900`);
    expect([second.delayMs, body(second).sender]).toEqual([900_000, []]);
  });

  it('begin anew for a client that asks for what never was', () => {
    const self = create();
    expect(body(ask(`${self}/events?ack=77`))._links.resync.href).toBe(`${self}/events?ack=1`);
  });
});

describe('an application', () => {
  it('is gone after DELETE', () => {
    const self = create();

    expect(ask(self, { method: 'DELETE' }).status).toBe(204);
    expect(ask(self, { method: 'DELETE' }).status).toBe(404);
    expect(body(ask(self)).subcode).toBe('ApplicationNotFound');
    expect(pool.events().filter(({ event }) => event === 'deleted')).toHaveLength(1);
  });

  it("is nobody else's business", () => {
    const self = create();
    expect(pool.ask(self, { token: pool.token('bob'), method: 'DELETE' }).status).toBe(403);
    expect(pool.ask(self, { method: 'DELETE' }).status).toBe(401);
    expect(ask(self).status).toBe(200);
  });

  it('ends ten minutes after the last request', () => {
    const self = create();
    wait(590);
    expect(ask(self).status).toBe(200);
    wait(590);
    expect(ask(self).status).toBe(200);
    wait(600);
    expect(body(ask(self)).subcode).toBe('InactiveApplicationExpired');
    expect(body(ask(self)).subcode).toBe('ApplicationNotFound');
  });

  it('lives as long as a request for events is kept waiting', () => {
    const self = create();
    ask(`${self}/events?ack=1&timeout=900`);
    wait(1490);
    expect(ask(self).status).toBe(200);
  });

  it.each([
    ['application-expires', 0],
    ['application-expires=30', 30],
  ])('ends sooner under the fault %s', (fault, seconds) => {
    pool.fault(fault);
    const self = create();
    wait(seconds);
    expect(ask(self, { method: 'DELETE' }).status).toBe(404);
  });

  it('has no other resources', () => {
    const self = create();
    expect(ask(`${self}/policies`).status).toBe(200);
    expect(ask(`${self}/nonsense`).status).toBe(404);
    expect(ask(`${self}/me`, { method: 'DELETE' }).status).toBe(405);
    expect(header(ask(APPLICATIONS), 'allow')).toBe('POST');
  });
});
