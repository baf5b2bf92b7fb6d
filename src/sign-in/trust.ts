/** The trust rule of one sign-in: what flags, settings and earlier answers say, and a person at a terminal. */
import type { Context } from '../context.js';
import { readMemory, rememberTrustedDomain } from '../store/sign-in-memory.js';
import type { SignInAnswers } from './answers.js';
import { createTrustRule, type TrustOptions } from './trust-rule.js';
import type { Address, TrustRule } from './types.js';

/** @throws LyncauthError USAGE for a --trust-domain that is no domain name */
export function trustFor(
  context: Context,
  address: Address,
  { trustDomains, server }: Pick<SignInAnswers, 'trustDomains' | 'server'>,
): TrustRule {
  const remembered = readMemory(context.paths).trustedDomains(address.text);
  const confirm = context.prompter.interactive ? asker(context, address) : undefined;
  return createTrustRule(address, { trustDomains, trustHosts: remembered, server, confirm });
}

function asker({ prompter, paths, progress }: Context, address: Address): NonNullable<TrustOptions['confirm']> {
  return async (host, what) => {
    const message = `${what} is at ${host}, which is not in ${address.domain}. Does it belong to your organisation, and may it see your sign-in?`;
    const trusted = await prompter.confirm({ message, flag: `--trust-domain ${host}`, default: false });
    if (trusted) {
      await rememberTrustedDomain(paths, address.text, host);
      progress.note(`${host} is remembered as trusted for ${address.text} (lyncauth forget-credentials forgets it)`);
    }
    return trusted;
  };
}
