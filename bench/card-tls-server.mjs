// The server of the card-tls benchmark, in a process of its own, so that its work is not counted as the client's. It wants a client certificate and
// answers with the version of TLS. Reads {cert, key, ca} as a line of JSON, prints its port, ends when standard input does.
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { createServer } from 'node:tls';

const input = createInterface({ input: process.stdin });
const [line] = await once(input, 'line');
const server = createServer({ ...JSON.parse(line), requestCert: true, rejectUnauthorized: true }, (socket) => {
  socket.on('error', () => {});
  socket.end(socket.getProtocol());
});
input.once('close', () => process.exit());
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
