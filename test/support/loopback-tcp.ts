/** A TCP server on loopback that does what a test says, for what no HTTPS server does. */
import { createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { listen } from './loopback-https.js';

/** Ends with the test. @returns its port */
export async function startTcp(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    onSocket(socket);
  });
  const port = await listen(server);
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((closed) => server.close(closed));
  });
  return port;
}
