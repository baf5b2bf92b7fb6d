/** Requests over a connection that is logged on: by NTLM it is the connection that is logged on, not the request. One request at a time. */
import type { Agent } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Log } from '../../log.js';
import type { Exchange, HttpResponse } from '../exchange.js';
import { serverName } from '../failure.js';
import { closeStale, noteAnswer } from '../kept-connection.js';
import { closeIdle } from '../proxy.js';
import { certificateOf, type Leg, Legs } from './legs.js';
import { challengeOf, isOffered } from './offers.js';
import type { Conversation, LogonScheme, LogonTry, SchemeName } from './scheme.js';

/** Of a conversation: NTLM takes two, Kerberos one or two. */
const MAX_ROUNDS = 5;

/** What is known of the connections of a pool. */
interface Connections {
  loggedOn: WeakSet<Duplex>;
  /** Whether one of them ever was. */
  userIsKnown: boolean;
  /** The end of the request before. */
  turn: Promise<unknown>;
}

const known = new WeakMap<Agent, Connections>();

/**
 * Sends a request over a connection that is logged on, and logs one on where there is none. Its body leaves with the proof or after it: what is
 * refused with status 401 was not taken.
 *
 * @param call - with a pool of one connection that carries nothing else
 * @param schemes - tried in this order as far as they are offered, each on a connection of its own
 * @returns the answer; one with status 401 tells by `logon` what was tried
 * @throws LyncauthError as the HTTP client, and what a scheme throws
 */
export async function sendLoggedOn(call: Exchange, schemes: readonly LogonScheme[], log: Log | undefined): Promise<HttpResponse> {
  const connections = known.get(call.pool) ?? { loggedOn: new WeakSet(), userIsKnown: false, turn: Promise.resolve() };
  known.set(call.pool, connections);
  const run = async () => {
    closeStale(call);
    const legs = new Legs(call, log);
    const response = (await overKept(legs, call, connections.loggedOn)) ?? (await overNew(legs, call, schemes, connections));
    noteAnswer(call);
    return response;
  };
  const answer = connections.turn.then(run, run);
  connections.turn = answer.catch(() => {});
  return await answer;
}

/** Over the connection of the request before; undefined when that is not logged on, or no longer. */
async function overKept(legs: Legs, { pool }: Exchange, loggedOn: WeakSet<Duplex>): Promise<HttpResponse | undefined> {
  const idle = Object.values(pool.freeSockets).flatMap((sockets) => sockets ?? []);
  if (!idle.some((socket) => loggedOn.has(socket))) return undefined;
  const leg = await legs.send({ body: true, bound: true });
  if (leg === undefined) return undefined;
  if (leg.response.status !== 401) return leg.response;
  legs.tell(leg);
  closeIdle(pool);
  return undefined;
}

async function overNew(legs: Legs, call: Exchange, schemes: readonly LogonScheme[], connections: Connections): Promise<HttpResponse> {
  const asked = (await legs.send({ body: false })) as Leg;
  if (asked.response.status !== 401) return await withBody(legs, call, asked);
  // What it offers it says in its first answer; later ones may say less.
  const offer = asked.response.headers['www-authenticate'];
  const tried: LogonTry[] = [];
  let last = asked;
  for (const scheme of schemes) {
    const name = scheme.offers.find((each) => isOffered(offer, each));
    const conversation = name === undefined ? undefined : await scheme.begin(call.url);
    if (name === undefined || conversation === undefined) continue;
    if (tried.length > 0) closeIdle(call.pool);
    const outcome = await converse(legs, conversation, { name, scheme: scheme.name, before: last });
    last = outcome.last;
    if (outcome.failed === undefined) {
      connections.userIsKnown = true;
      if (last.socket) connections.loggedOn.add(last.socket);
      return outcome.complete ? last.response : await withBody(legs, call, last);
    }
    const proxy = call.proxy && serverName(call.proxy);
    tried.push({ ...outcome.failed, ...(proxy !== undefined && { proxy }), ...(connections.userIsKnown && { knownUser: true }) });
  }
  const headers = { ...last.response.headers, ...(offer !== undefined && { 'www-authenticate': offer }) };
  return { ...last.response, headers, logon: tried };
}

/** The answer to the whole request; `leg` went without its body. */
async function withBody(legs: Legs, { body }: Exchange, leg: Leg): Promise<HttpResponse> {
  if (body === undefined) return leg.response;
  legs.tell(leg);
  return ((await legs.send({ body: true })) as Leg).response;
}

interface Outcome {
  last: Leg;
  /** Whether the last leg had the body. */
  complete: boolean;
  failed?: LogonTry;
}

/** The rounds of one scheme, under the `name` that the server offers it by. @param at - `before`: the leg with the offer */
async function converse(legs: Legs, conversation: Conversation, at: { name: string; scheme: SchemeName; before: Leg }): Promise<Outcome> {
  let challenge: Buffer | undefined;
  let last = at.before;
  const failed = (ended: LogonTry['ended']): Outcome => {
    const { serverName: told } = conversation;
    return { last, complete: false, failed: { scheme: at.scheme, ended, ...(told !== undefined && { serverName: told }) } };
  };
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    // A proof that is bound to no connection does not go out.
    if (round > 0 && last.socket?.destroyed !== false) return failed('cut');
    const next = await conversation.next(challenge, certificateOf(last));
    if (next === undefined) return failed('refused');
    legs.tell(last);
    const authorization = `${at.name} ${next.token.toString('base64')}`;
    const leg = await legs.send({ body: next.last, authorization, bound: round > 0 });
    if (leg === undefined) return failed('cut');
    const moved = round > 0 && leg.socket !== last.socket;
    last = leg;
    if (leg.response.status !== 401) return { last, complete: next.last };
    if (moved) return failed('cut');
    challenge = challengeOf(leg.response.headers['www-authenticate'], at.name);
    if (challenge === undefined) return failed(next.last ? 'refused' : 'ignored');
  }
  return failed('refused');
}
