/** `lyncauth change-pin`: current PIN, new PIN, new PIN again; with --check the current one only. */
import { chooseCard } from '../card-access/choose-card.js';
import { askPin, logIn, pinAfterwards, warnOfFailures } from '../card-access/log-in.js';
import { askNewPin, replacePin } from '../card-access/new-pin.js';
import { openModule } from '../card-access/open-module.js';
import type { Context, Outcome } from '../context.js';
import { LyncauthError } from '../errors.js';
import { cardKey } from '../pkcs11/same-card.js';
import type { CardSession } from '../pkcs11/session.js';
import { tokenSummary } from '../pkcs11/token-info.js';
import { withLock } from '../store/locks.js';
import type { CardOptions, PinOptions } from './flags.js';

export interface Options extends CardOptions, PinOptions {
  newPinFile?: string;
  /** Whether the command line named it, not the environment. */
  newPinFileGiven?: boolean;
  check?: boolean;
}

/** @throws LyncauthError PIN_INCORRECT, PIN_LOCKED, PIN_POLICY, PIN_UNCHANGED, PIN_CHANGE_UNKNOWN; USAGE for --check with a new PIN */
export async function run(context: Context, options: Options): Promise<Outcome> {
  if (options.check === true && options.newPinFileGiven === true)
    throw new LyncauthError('USAGE', '--check changes nothing, so it takes no --new-pin-file', { hint: 'leave out one of them' });
  const module = await openModule(context, options);
  const card = options.card ?? (await context.settings()).get('card');
  const reader = await chooseCard(context, module, { ...options, card });
  const token = tokenSummary(reader.token);
  return await withLock(context.paths, cardKey(token), async () => {
    const session = module.openSession(reader, options.check === true ? 'read-only' : 'read-write');
    try {
      warnOfFailures(context, reader.token);
      const done = options.check === true ? await check(context, session, options) : await change(context, session, options);
      return {
        result: { ...done, token, pin: pinAfterwards(session, reader.token) },
        text: [done.changed ? `the PIN of card "${token.label}" is changed` : `the PIN of card "${token.label}" is right`],
      };
    } finally {
      session.close();
    }
  });
}

async function change(context: Context, session: CardSession, options: Options): Promise<{ changed: true }> {
  const current = await askPin(context, session, options, { what: 'current PIN' });
  const next = await askNewPin(context, session, options.newPinFile, current);
  replacePin(context, session, current, next);
  return { changed: true };
}

async function check(context: Context, session: CardSession, options: Options): Promise<{ changed: false; checked: true }> {
  context.progress.note(`a wrong PIN costs one of the tries of card "${session.card.label}"`);
  logIn(context, session, await askPin(context, session, options));
  return { changed: false, checked: true };
}
