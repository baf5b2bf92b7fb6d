/** Names in ClientHellos, as real clients send them. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { connect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { serverNameOf } from '../../../src/lab/server-name.js';

/** The first bytes that Node's own client sends. */
async function helloFor(servername: string): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', servername });
  client.on('error', () => {});
  const [socket] = await once(server, 'connection');
  const [bytes] = await once(socket, 'data');
  socket.destroy();
  server.close();
  return bytes;
}

describe('serverNameOf', () => {
  it('finds the name a client asks for, in small letters', async () => {
    expect(serverNameOf(await helloFor('CertAuth.sts.lab.test'))).toBe('certauth.sts.lab.test');
  });

  it('waits for the rest of a greeting that comes in pieces', async () => {
    const hello = await helloFor('sts.lab.test');
    for (let length = 0; length < hello.length; length += 1) expect(serverNameOf(hello.subarray(0, length))).toBe('more');
    expect(serverNameOf(hello)).toBe('sts.lab.test');
  });

  it.each([
    ['a client without a name', async () => await helloFor('')],
    ['what is not TLS', async () => Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a greeting that ends too soon', async () => Buffer.from([22, 3, 1, 0, 4, 1, 0, 0, 0])],
    ['another record', async () => Buffer.from([22, 3, 1, 0, 1, 2])],
  ])('finds none in %s', async (_, hello) => {
    expect(serverNameOf(await hello())).toBe('');
  });
});
