/** The PUK or the PIN of the security officer: what those have who issued the card. Asked for once, with what is known about its tries said before. */
import type { Context } from '../context.js';
import { LyncauthError } from '../errors.js';
import type { PinEntry } from '../pkcs11/pin-entry.js';
import { assertPinState, lengthFits, lengthOf, type PinKind } from '../pkcs11/pin-policy.js';
import { cardKey } from '../pkcs11/same-card.js';
import type { CardSession } from '../pkcs11/session.js';
import type { TokenInfo } from '../pkcs11/types.js';
import { readFailures } from '../store/failures.js';
import { entryOnReader } from './entry-on-reader.js';
import { confirmFinalTry } from './final-try.js';

/** So many wrong ones in a row, and no unattended run tries another: nothing tells how near its end the PUK is, and nothing unblocks it. */
const UNATTENDED_FAILURES = 2;

export type IssuerKind = Exclude<PinKind, 'PIN'>;

/** Where they come from. */
export interface IssuerSources {
  pukFile?: string | undefined;
  soPinFile?: string | undefined;
}

/**
 * Stops before anybody is asked for one that could not be used; the card sees nothing.
 * @throws LyncauthError PUK_LOCKED, SO_PIN_LOCKED, PIN_FINAL_TRY (also after several failed unattended runs)
 */
export function assertIssuerSecretUsable(context: Context, session: CardSession, kind: IssuerKind): TokenInfo {
  const attended = context.prompter.interactive;
  const token = assertPinState(session, { kind, allowFinalTry: attended });
  const failures = readFailures(context.paths, cardKey(token), kind);
  if (attended || failures < UNATTENDED_FAILURES) return token;
  throw new LyncauthError(
    'PIN_FINAL_TRY',
    `after ${failures} wrong ones in a row no other ${kind} is tried unattended on card "${token.label}"`,
    {
      hint: 'run the command at a terminal',
      details: { failures },
    },
  );
}

/** @throws LyncauthError PIN_FINAL_TRY, INPUT_REQUIRED; ADDON_MISSING where the reader's keys cannot be used */
export async function askIssuerSecret(context: Context, session: CardSession, kind: IssuerKind, sources: IssuerSources): Promise<PinEntry> {
  const token = session.tokenInfo();
  await confirmFinalTry(context, token, kind);
  if (kind === 'SO PIN' && token.soPin === 'low') context.progress.warn(`few tries are left for the SO PIN of card "${token.label}"`);
  const given = kind === 'PUK' ? { flag: '--puk-file', file: sources.pukFile } : { flag: '--so-pin-file', file: sources.soPinFile };
  if (token.pinPad) return await entryOnReader(context, session, kind, given);
  return await context.prompter.secret({
    ...given,
    message: `${kind} of card "${token.label}"`,
    note: noteOf(session, token, kind),
    validate: (answer) =>
      lengthFits(token, Buffer.byteLength(answer), kind) || `the ${kind} has ${lengthOf(token, kind)}; nothing was sent to the card`,
  });
}

function noteOf({ driver }: CardSession, { soPin }: TokenInfo, kind: IssuerKind): string {
  if (kind === 'SO PIN' && driver.soPinIs !== undefined) return `For cards of ${driver.name} it is ${driver.soPinIs}.`;
  const told = kind === 'PUK' || soPin === 'unknown' ? `The card does not tell how many tries its ${kind} has left.` : '';
  const atWorst =
    driver.lockOut === 'timed' ? 'After too many wrong PINs the TPM takes none for some time.' : 'Once it is blocked, nothing unblocks it.';
  return `${told} ${atWorst}`.trim();
}
