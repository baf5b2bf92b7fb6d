/** The headers of requests to UCWA resources. The token stands in Authorization and nowhere else. */
import type { HttpRequest } from '../http/client.js';
import type { Token } from './types.js';

/** A token as requests use it. */
export type Bearer = Pick<Token, 'value'>;

/** Headers, and a JSON body when there is one; without a token the server answers with a challenge. */
export function authorized(token: Bearer | undefined, body?: string): Pick<HttpRequest, 'headers' | 'body'> {
  return {
    headers: {
      Accept: 'application/json',
      ...(token && { Authorization: `Bearer ${token.value.reveal()}` }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    },
    ...(body !== undefined && { body }),
  };
}
