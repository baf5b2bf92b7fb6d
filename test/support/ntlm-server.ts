/** A server that wants every connection logged on by NTLM, as IIS does. What it takes for a proof is the test's business. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type LoopbackServer, type ServerIdentity, startHttps } from './loopback-https.js';

/** Judges one connection. */
export interface ConnectionJudge {
  challenge(negotiate: Buffer): Promise<Buffer> | Buffer;
  accepts(authenticate: Buffer): Promise<boolean> | boolean;
}

export interface NtlmServerOptions {
  identity: ServerIdentity;
  judge(): ConnectionJudge;
  /** What it offers; Negotiate and NTLM unless given. */
  offers?: readonly string[];
  /** More headers for the answer to the first message. */
  withChallenge?: Readonly<Record<string, string>>;
  /** Refuses everybody the pages for which this is true. */
  forbids?(path: string): boolean;
}

export interface NtlmServer extends LoopbackServer {
  /** Method, path, what the request said (`-`, or scheme and number of the message), length of the body, status. */
  readonly seen: string[];
  /** Forgets who is logged on, as after a restart of the service. */
  forget(): void;
  /** Bodies that came. */
  readonly bodies: string[];
}

export async function startNtlmServer(options: NtlmServerOptions): Promise<NtlmServer> {
  const { offers = ['Negotiate', 'NTLM'], withChallenge = {}, forbids = () => false } = options;
  const seen: string[] = [];
  const bodies: string[] = [];
  let loggedOn = new WeakSet<Socket>();
  const judges = new WeakMap<Socket, ConnectionJudge>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    if (body !== '') bodies.push(body);
    const { socket, method, url = '' } = request;
    const [scheme = '', token = ''] = (request.headers.authorization ?? '').split(' ');
    const message = Buffer.from(token, 'base64');
    const number = message.length > 12 ? message.readUInt32LE(8) : 0;
    const send = (status: number, headers: Record<string, string | readonly string[]> = {}) => {
      seen.push(`${method} ${url} ${scheme === '' ? '-' : `${scheme} ${number}`} ${body.length} ${status}`);
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value as string);
      response.writeHead(status).end(status === 200 ? 'hello' : 'no');
    };
    if (number === 1 && offers.includes(scheme)) {
      const judge = options.judge();
      judges.set(socket, judge);
      const challenge = (await judge.challenge(message)).toString('base64');
      return send(401, { 'WWW-Authenticate': `${scheme} ${challenge}`, ...withChallenge });
    }
    if (number === 3 && (await judges.get(socket)?.accepts(message)) === true) loggedOn.add(socket);
    if (loggedOn.has(socket) && !forbids(url)) return send(200);
    send(401, { 'WWW-Authenticate': offers });
  }

  const server = await startHttps(options.identity, (request, response) => {
    answer(request, response).catch(() => request.socket.destroy());
  });
  const forget = () => {
    loggedOn = new WeakSet();
  };
  return { ...server, seen, bodies, forget };
}
