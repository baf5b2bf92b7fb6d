/** What the flows of a session are given, out of a command's context. Every part is loaded when it is first used. */
import type { Context } from '../context.js';
import type { HttpClient } from '../http/client.js';
import type { DiscoverOptions } from './discovery.js';
import type { ForgetTools } from './forget.js';

const PLAIN_SECONDS = 60;

export interface ConnectionOptions {
  /** Certificates to trust beside those of this computer. */
  caFile?: string | undefined;
  /** Seconds that one exchange may take. */
  timeout?: number | undefined;
}

/** For what ends, shows or forgets a session; the settings name a CA file where no flag does. */
export function sessionTools(context: Context, options: ConnectionOptions): ForgetTools & { http(): Promise<HttpClient> } {
  const { paths, progress, now, settings } = context;
  return { paths, progress, now, settings, http: async () => await context.http({ caFile: await trustedFile(context, options) }) };
}

/** A GET over http that can carry no credential. */
export async function plainRequests(context: Context, options: ConnectionOptions): Promise<DiscoverOptions['plain']> {
  const caFile = await trustedFile(context, options);
  const { DISCOVERY_MAX_BYTES } = await import('./discovery-document.js');
  const limits = { timeoutMs: (options.timeout ?? PLAIN_SECONDS) * 1000, maxBytes: DISCOVERY_MAX_BYTES };
  return async (url, headers, signal) => {
    const { requestPlainly } = await import('../http/plain.js');
    return await requestPlainly(url, { ...limits, headers, env: context.env, caFile, log: context.log, signal });
  };
}

async function trustedFile(context: Context, { caFile }: ConnectionOptions): Promise<string | undefined> {
  return caFile ?? (await context.settings()).get('ca-file');
}
