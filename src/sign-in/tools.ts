/** What the flows of a session are given, out of a command's context. Every part is loaded when it is first used. */
import type { Context } from '../context.js';
import type { HttpClient } from '../http/client.js';
import type { DiscoverOptions } from './discovery.js';
import type { ForgetTools } from './forget.js';

/** For finding servers; the answers are short. */
const MAX_PLAIN_BYTES = 1024 * 1024;
const PLAIN_SECONDS = 60;

export interface ConnectionOptions {
  /** Certificates to trust beside those of this computer. */
  caFile?: string | undefined;
  /** Seconds that one exchange may take. */
  timeout?: number | undefined;
}

export function sessionTools(context: Context, options: ConnectionOptions): ForgetTools & { http(): Promise<HttpClient> } {
  const { paths, progress, now, settings } = context;
  return { paths, progress, now, settings, http: async () => await context.http({ caFile: await trustedFile(context, options) }) };
}

/** A GET over http that can carry no credential. */
export async function plainRequests(context: Context, options: ConnectionOptions): Promise<DiscoverOptions['plain']> {
  const caFile = await trustedFile(context, options);
  const limits = { timeoutMs: (options.timeout ?? PLAIN_SECONDS) * 1000, maxBytes: MAX_PLAIN_BYTES };
  return async (url, headers) => {
    const { requestPlainly } = await import('../http/plain.js');
    return await requestPlainly(url, { ...limits, headers, env: context.env, caFile, log: context.log });
  };
}

async function trustedFile(context: Context, { caFile }: ConnectionOptions): Promise<string | undefined> {
  return caFile ?? (await context.settings()).get('ca-file');
}
