/** What a sign-in method is given at the practice organisation's hosts, with a client that is closed when the test is over. */
import { onTestFinished } from 'vitest';
import { createHttpClient } from '../../src/http/client.js';
import { parseAddress } from '../../src/sign-in/address.js';
import { createTrustRule } from '../../src/sign-in/trust-rule.js';
import type { MethodInput } from '../../src/sign-in/types.js';
import type { PracticeHosts } from './practice-hosts.js';

export interface PracticeInputOptions {
  /** Names the proxy. */
  env?: Record<string, string>;
  /** Beside that of the address. */
  trustDomains?: readonly string[];
}

/** Only inside a test. */
export function practiceInput(hosts: PracticeHosts, identity: MethodInput['identity'], options: PracticeInputOptions = {}): MethodInput {
  const http = createHttpClient({ caFile: hosts.caFile, env: options.env ?? {}, timeoutMs: 5000 });
  onTestFinished(() => http.close());
  const address = parseAddress('alice@lab.test');
  return {
    http,
    log: undefined,
    address,
    trust: createTrustRule(address, { trustDomains: options.trustDomains ?? ['localhost'] }),
    tokenUrl: new URL('/WebTicket/oauthtoken', hosts.pool),
    grants: ['urn:microsoft.rtc:passive'],
    passiveUrl: new URL('/PassiveAuth/PassiveAuth.aspx', hosts.pool),
    identity,
    password: undefined,
    now: () => new Date(),
  };
}
