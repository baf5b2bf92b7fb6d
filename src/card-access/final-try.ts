/** The last try of a PIN: used when a person has decided so, and by nothing else. */
import type { Context } from '../context.js';
import { LyncauthError } from '../errors.js';
import { type PinKind, stateOf } from '../pkcs11/pin-policy.js';
import { type CardName, cardKey } from '../pkcs11/same-card.js';
import type { CardSession } from '../pkcs11/session.js';
import type { TokenInfo } from '../pkcs11/types.js';

type Asking = Pick<Context, 'prompter'>;

/** What the person of a run has decided to use, by card and kind. */
const decided = new WeakMap<Asking['prompter'], Set<string>>();

/** Asks once whether the last try is to be used, where it is the last. @throws LyncauthError PIN_FINAL_TRY when it is not */
export async function confirmFinalTry({ prompter }: Asking, token: TokenInfo, kind: PinKind): Promise<void> {
  if (stateOf(token, kind) !== 'final') return;
  const goOn = await prompter.confirm({
    message: `One try is left: a wrong ${kind} now blocks ${kind === 'PIN' ? '' : `the ${kind} of `}card "${token.label}". Use it?`,
    flag: `--${kind.toLowerCase().replace(' ', '-')}-file`,
    default: false,
  });
  if (!goOn) {
    throw new LyncauthError('PIN_FINAL_TRY', `the last ${kind} try of card "${token.label}" was not used`, {
      hint: kind === 'PIN' ? 'ask your helpdesk for the PUK' : `be sure of the ${kind}, then run the command again`,
      details: detailsOf(kind),
    });
  }
  const all = decided.get(prompter) ?? new Set();
  decided.set(prompter, all.add(nameOf(token, kind)));
}

/** Whether the person was asked, and has decided to use it. */
export function mayUseFinalTry({ prompter }: Asking, { card }: CardSession, kind: PinKind): boolean {
  return decided.get(prompter)?.has(nameOf(card, kind)) === true;
}

/** The error of a person's attempt on a card that had more tries left when they were asked. */
export function triesSpentMeanwhile({ card }: CardSession, kind: PinKind): LyncauthError {
  return new LyncauthError(
    'PIN_FINAL_TRY',
    `one ${kind} try is left on card "${card.label}" now, and it was not used: there were more before`,
    {
      hint: `be sure of the ${kind}, then run the command again`,
      details: detailsOf(kind),
    },
  );
}

function nameOf(card: CardName, kind: PinKind): string {
  return `${kind} of ${cardKey(card)}`;
}

function detailsOf(kind: PinKind): { pinState: 'final' } | { soPinState: 'final' } {
  return kind === 'PIN' ? { pinState: 'final' } : { soPinState: 'final' };
}
