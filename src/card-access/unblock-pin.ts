/** Unblocks a PIN with the person who has what it takes: says what is about to be done, asks, does it once. */
import type { Context } from '../context.js';
import { LyncauthError } from '../errors.js';
import { PIN_PAD, type PinEntry } from '../pkcs11/pin-entry.js';
import { assertPinState, lengthFits, lengthOf, type PinKind } from '../pkcs11/pin-policy.js';
import type { CardSession } from '../pkcs11/session.js';
import type { TokenInfo } from '../pkcs11/types.js';
import { unblock, unblockKind } from '../pkcs11/unblock.js';
import { clearFailures, readFailures } from '../store/failures.js';
import { announce, entryOnReader } from './entry-on-reader.js';
import { confirmFinalTry } from './final-try.js';
import { counting, warnOfFailures } from './log-in.js';
import { askNewPin } from './new-pin.js';
import { type UnblockSources, unblockStyle } from './unblock-style.js';

/** So many wrong ones in a row, and no unattended run tries another: nothing tells how near its end the PUK is, and nothing unblocks it. */
const UNATTENDED_FAILURES = 2;

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
  const token = assertPinState(session, { kind, allowFinalTry: context.prompter.interactive });
  warnOfFailures(context, token, kind);
  refuseAnotherFailure(context, token, kind);
  await sayWhatIsDone(context, token, kind);
  await confirmFinalTry(context, token, kind);
  if (token.soPin === 'low' && kind === 'SO PIN') context.progress.warn(`few tries are left for the SO PIN of card "${token.label}"`);
  const by = await askFor(context, session, kind, options);
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
  clearFailures(context.paths, token.serial);
}

/** @throws LyncauthError PIN_FINAL_TRY; the card saw nothing */
function refuseAnotherFailure(context: Context, { serial, label }: TokenInfo, kind: PinKind): void {
  const failures = readFailures(context.paths, serial, kind);
  if (context.prompter.interactive || failures < UNATTENDED_FAILURES) return;
  throw new LyncauthError(
    'PIN_FINAL_TRY',
    `after ${failures} wrong ones in a row no other ${kind} is tried unattended on card "${label}"`,
    {
      hint: 'run the command at a terminal',
      details: { failures },
    },
  );
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

async function askFor(context: Context, session: CardSession, kind: Exclude<PinKind, 'PIN'>, options: UnblockOptions): Promise<PinEntry> {
  const token = session.tokenInfo();
  const given = kind === 'PUK' ? { flag: '--puk-file', file: options.pukFile } : { flag: '--so-pin-file', file: options.soPinFile };
  if (token.pinPad) return await entryOnReader(context, session, kind, given);
  const told = kind === 'PUK' || token.soPin === 'unknown' ? `The card does not tell how many tries its ${kind} has left.` : '';
  return await context.prompter.secret({
    ...given,
    message: `${kind} of card "${token.label}"`,
    note: `${told} Once it is blocked, nothing unblocks it.`.trim(),
    validate: (answer) =>
      lengthFits(token, Buffer.byteLength(answer), kind) || `the ${kind} has ${lengthOf(token, kind)}; nothing was sent to the card`,
  });
}
