/** `lyncauth change-pin`: current PIN, new PIN, new PIN again. */
import { chooseCard } from '../card-access/choose-card.js';
import { askPin, warnOfFailures } from '../card-access/log-in.js';
import { askNewPin, replacePin } from '../card-access/new-pin.js';
import { openModule } from '../card-access/open-module.js';
import type { Context, Outcome } from '../context.js';
import { withLock } from '../store/locks.js';
import type { CardOptions, PinOptions } from './flags.js';

export interface Options extends CardOptions, PinOptions {
  newPinFile?: string;
}

/** @throws LyncauthError PIN_INCORRECT, PIN_LOCKED, PIN_POLICY, PIN_UNCHANGED, PIN_CHANGE_UNKNOWN */
export async function run(context: Context, options: Options): Promise<Outcome> {
  const module = await openModule(context, options);
  const card = options.card ?? (await context.settings()).get('card');
  const reader = await chooseCard(context, module, { ...options, card });
  const { label, serial, model, driver, kind } = reader.token;
  return await withLock(context.paths, serial, async () => {
    const session = module.openSession(reader, 'read-write');
    try {
      warnOfFailures(context, reader.token);
      const current = await askPin(context, session, options, { what: 'current PIN' });
      const next = await askNewPin(context, session, options.newPinFile, current);
      replacePin(context, session, current, next);
      return {
        result: { changed: true, token: { label, serial, model, driver, kind }, pin: session.tokenInfo().pin },
        text: [`the PIN of card "${label}" is changed`],
      };
    } finally {
      session.close();
    }
  });
}
