/** Finds the card that a command works on: waits for it, tells several apart, asks the person where that is allowed. */
import type { Context } from '../context.js';
import { isLyncauthError, LyncauthError } from '../errors.js';
import type { CardModule } from '../pkcs11/module.js';
import { selectReader } from '../pkcs11/select.js';
import type { Reader, TokenInfo } from '../pkcs11/types.js';
import { waitForChange } from './wait-for-card.js';

export interface CardChoice {
  /** Label, serial number or PKCS#11 URI (RFC 7512) of the card. */
  card?: string | undefined;
  reader?: string | undefined;
  /** Seconds to wait for a card; `true` waits as long as it takes. */
  wait?: number | true | undefined;
}

/** A reader that is known to hold a card. */
export type CardReader = Reader & { token: TokenInfo };

/**
 * The one card that `choice` names. At a terminal it waits for a card to be inserted and asks which one is meant; without one it waits only
 * as long as --wait says, and several cards are an error that lists them.
 * @throws LyncauthError NO_CARD, NO_READER, CARD_NOT_FOUND, CARD_AMBIGUOUS
 */
export async function chooseCard(context: Context, module: CardModule, choice: CardChoice): Promise<CardReader> {
  const deadline = Date.now() + secondsToWait(context, choice) * 1000;
  for (;;) {
    const readers = module.readers();
    // A card that was just inserted may not answer yet: by what is known it is not there.
    const present = readers.filter((reader) => reader.present).map(({ name }) => name);
    let missing: unknown;
    try {
      return withToken(selectReader(readers, choice.card, choice.reader));
    } catch (error) {
      if (isLyncauthError(error, 'CARD_AMBIGUOUS') && context.prompter.interactive) return await ask(context, readers.filter(hasToken));
      if (Date.now() >= deadline || !mayStillCome(error, choice)) throw error;
      missing = notInTime(error, choice);
    }
    const wait = () => waitForChange(module, present, deadline, missing);
    await context.progress.step(request(missing, choice), wait, { forPerson: context.prompter.interactive });
  }
}

function secondsToWait(context: Context, { wait }: CardChoice): number {
  if (wait === true) return Number.POSITIVE_INFINITY;
  return wait ?? (context.prompter.interactive ? Number.POSITIVE_INFINITY : 0);
}

/** An empty reader may be filled. Another card in it is waited out only when --wait says that the right one will come. */
function mayStillCome(error: unknown, { wait }: CardChoice): boolean {
  return isLyncauthError(error, 'NO_CARD') || (wait !== undefined && isLyncauthError(error, 'CARD_NOT_FOUND', 'NO_READER'));
}

/** Who sees a card in the reader must be told that it is not the one. */
function request(missing: unknown, { card }: CardChoice): string {
  return isLyncauthError(missing, 'CARD_NOT_FOUND') ? `insert the card "${card}"` : 'insert your smart card';
}

/** What was missing all the time: a card, or the right one. */
function notInTime(error: unknown, { wait }: CardChoice): unknown {
  if (!isLyncauthError(error) || typeof wait !== 'number') return error;
  const { code, message, hint, details } = error;
  return new LyncauthError(code, `${message}; waited ${wait} ${wait === 1 ? 'second' : 'seconds'} for it`, { hint, details, cause: error });
}

async function ask(context: Context, readers: CardReader[]): Promise<CardReader> {
  return await context.prompter.select({
    message: 'Which card?',
    flag: '--card',
    choices: readers.map((reader) => ({
      value: reader,
      label: `${reader.token.label} (serial ${reader.token.serial}, in ${reader.name})`,
    })),
  });
}

function hasToken(reader: Reader): reader is CardReader {
  return reader.token?.initialized === true;
}

function withToken(reader: Reader): CardReader {
  if (reader.token === undefined)
    throw new LyncauthError('NO_CARD', `there is no card in the reader ${reader.name}`, { hint: 'insert the card' });
  return reader as CardReader;
}
