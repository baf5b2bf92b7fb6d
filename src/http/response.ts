/** Waiting for the head of an answer. Reads no body. */
import type { ClientRequest, IncomingMessage } from 'node:http';

/**
 * The answer to `request`. A server that switches protocols (status 101) ends a request with neither answer nor error: here it is an error.
 *
 * @param stopped - its abort ends the waiting, also where the request does not tell of its own end
 * @throws what the request fails with, or what `stopped` was aborted with
 */
export async function responseTo(request: ClientRequest, stopped?: AbortSignal): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
    request.once('close', () => reject(Object.assign(new Error('closed without an answer'), { code: 'ECONNRESET' })));
    stopped?.addEventListener('abort', () => reject(stopped.reason), { once: true });
  });
}
