/** Unblocks a PIN with the person who has what it takes: says what is about to be done, asks, does it once. */
import type { Context } from '../context.js';
import { LyncauthError } from '../errors.js';
import { PIN_PAD } from '../pkcs11/pin-entry.js';
import type { PinKind } from '../pkcs11/pin-policy.js';
import { cardKey } from '../pkcs11/same-card.js';
import type { CardSession } from '../pkcs11/session.js';
import type { TokenInfo } from '../pkcs11/types.js';
import { unblock, unblockKind } from '../pkcs11/unblock.js';
import { clearFailures } from '../store/failures.js';
import { announce } from './entry-on-reader.js';
import { askIssuerSecret, assertIssuerSecretUsable } from './issuer-secret.js';
import { counting, warnOfFailures } from './log-in.js';
import { askNewPin } from './new-pin.js';
import { type UnblockSources, unblockStyle } from './unblock-style.js';

/** As a reader asks for it. */
const NEW_PIN = ['new PIN', 'new PIN again'];

export interface UnblockOptions extends UnblockSources {
  newPinFile?: string | undefined;
}

/**
 * Sets a new PIN by PUK or by the security officer's PIN, as the card's driver wants it. `session` is read-write, and the card's lock held.
 * @throws LyncauthError as unblockStyle() and unblock(); PIN_POLICY (the new PIN), PIN_FINAL_TRY, INPUT_REQUIRED; FAILED when the person decides against it
 */
export async function unblockPin(context: Context, session: CardSession, options: UnblockOptions): Promise<void> {
  const style = await unblockStyle(context, session, options);
  const kind = unblockKind(style);
  warnOfFailures(context, session.tokenInfo(), kind);
  const token = assertIssuerSecretUsable(context, session, kind);
  await sayWhatIsDone(context, token, kind);
  const by = await askIssuerSecret(context, session, kind, options);
  const next = await askNewPin(context, session, options.newPinFile, undefined);
  if (by === PIN_PAD) announce(context, ...(kind === 'PUK' ? [kind, ...NEW_PIN] : [kind]));
  counting(context, session, kind, (allowFinalTry) =>
    unblock(session, style, by, next, {
      allowFinalTry,
      beforeNewPin: () => {
        if (next === PIN_PAD) announce(context, ...NEW_PIN);
      },
    }),
  );
  clearFailures(context.paths, cardKey(token));
}

/** A PIN that works is not replaced unasked. */
async function sayWhatIsDone(context: Context, { label, pin }: TokenInfo, kind: PinKind): Promise<void> {
  const { prompter, progress } = context;
  const sets = `its ${kind} sets a new one`;
  if (pin.state === 'locked') return progress.note(`the PIN of card "${label}" is blocked: ${sets}`);
  if (pin.state === 'unset') return progress.note(`card "${label}" has no PIN yet: ${sets}`);
  if (pin.state === 'unknown') return progress.note(`card "${label}" does not tell whether its PIN is blocked: ${sets}`);
  if (!prompter.interactive) return progress.note(`the PIN of card "${label}" is not blocked: ${sets} all the same`);
  const message = `The PIN of card "${label}" is not blocked. Set a new one with its ${kind} all the same?`;
  if (await prompter.confirm({ message, flag: '--no-input', default: false })) return;
  throw new LyncauthError('FAILED', `the PIN of card "${label}" was left as it is`, {
    hint: 'lyncauth change-pin changes a PIN that you know',
  });
}
