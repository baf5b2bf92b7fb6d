/** `lyncauth unblock-pin`: PUK or PIN of the security officer, new PIN, new PIN again. */
import { chooseCard } from '../card-access/choose-card.js';
import { pinAfterwards } from '../card-access/log-in.js';
import { openModule } from '../card-access/open-module.js';
import { unblockPin } from '../card-access/unblock-pin.js';
import type { Context, Outcome } from '../context.js';
import { cardKey } from '../pkcs11/same-card.js';
import { tokenSummary } from '../pkcs11/token-info.js';
import { withLock } from '../store/locks.js';
import type { CardOptions } from './flags.js';

export interface Options extends CardOptions {
  pukFile?: string;
  soPinFile?: string;
  newPinFile?: string;
}

/** @throws LyncauthError as unblockPin() */
export async function run(context: Context, options: Options): Promise<Outcome> {
  const module = await openModule(context, options);
  const card = options.card ?? (await context.settings()).get('card');
  const reader = await chooseCard(context, module, { ...options, card });
  const token = tokenSummary(reader.token);
  return await withLock(context.paths, cardKey(token), async () => {
    const session = module.openSession(reader, 'read-write');
    try {
      await unblockPin(context, session, options);
      return {
        result: { unblocked: true, token, pin: pinAfterwards(session, reader.token) },
        text: [`card "${token.label}" has a new PIN, and all tries for it`],
      };
    } finally {
      session.close();
    }
  });
}
