/** Chooses one card among the readers: exactly one, or an error that lists the candidates. Never by slot number, which changes. */
import { LyncauthError } from '../errors.js';
import { setUpHint } from './pin-policy.js';
import type { Reader, TokenInfo } from './types.js';
import { isUri, matchesUri, parseUri } from './uri.js';

type Occupied = Reader & { token: TokenInfo };

/**
 * The reader that holds the wanted card.
 * @param selector serial, label or `pkcs11:` URI (RFC 7512); undefined when any will do
 * @param readerName the reader's name or a part of it
 * @throws NO_READER, NO_CARD, CARD_UNINITIALIZED, CARD_UNSUPPORTED, CARD_NOT_FOUND or CARD_AMBIGUOUS; the card's own error where no card can be read
 */
export function selectReader(readers: readonly Reader[], selector: string | undefined, readerName?: string): Reader {
  if (readers.length === 0)
    throw new LyncauthError('NO_READER', 'there is no smart card reader', {
      hint: 'connect a reader and check that the smart card service (pcscd) runs',
    });
  const nearby = readerName === undefined ? [...readers] : byReaderName(readers, readerName);
  const present = nearby.filter((reader) => reader.present);
  if (present.length === 0) throw new LyncauthError('NO_CARD', 'there is no card in the reader', { hint: 'insert the card' });
  const known = present.filter(isOccupied);
  if (known.length === 0) throw unreadable(present);
  const usable = known.filter(({ token }) => token.initialized);
  const matching = selector === undefined ? usable : bySelector(usable, selector);
  const [first, second] = matching;
  if (first !== undefined && second === undefined) return first;
  if (first !== undefined) throw ambiguous(matching);
  throw selector === undefined ? uninitialized(known) : notFound(selector, usable);
}

function byReaderName(readers: readonly Reader[], name: string): Reader[] {
  const exact = readers.filter((reader) => reader.name === name);
  const found = exact.length > 0 ? exact : readers.filter((reader) => reader.name.toLowerCase().includes(name.toLowerCase()));
  if (found.length > 0) return found;
  throw new LyncauthError('NO_READER', `there is no reader "${name}"; there is ${readers.map((reader) => `"${reader.name}"`).join(', ')}`, {
    hint: 'give --reader one of these names, or a part of one',
  });
}

function bySelector(readers: Occupied[], selector: string): Occupied[] {
  if (isUri(selector)) {
    const uri = parseUri(selector);
    return readers.filter((reader) => matchesUri(uri, reader.token));
  }
  const exact = readers.filter(({ token }) => token.label === selector || token.serial === selector);
  const wanted = selector.toLowerCase();
  return exact.length > 0
    ? exact
    : readers.filter(({ token }) => token.label.toLowerCase() === wanted || token.serial.toLowerCase() === wanted);
}

function isOccupied(reader: Reader): reader is Occupied {
  return reader.token !== undefined;
}

function describe({ name, token }: Occupied): string {
  return `"${token.label}" (serial ${token.serial}) in ${name}`;
}

function candidates(readers: Occupied[]) {
  return readers.map(({ name, token }) => ({ label: token.label, serial: token.serial, reader: name }));
}

function ambiguous(readers: Occupied[]): LyncauthError {
  return new LyncauthError('CARD_AMBIGUOUS', `${readers.length} cards fit: ${readers.map(describe).join('; ')}`, {
    hint: howToChoose(readers),
    details: { candidates: candidates(readers) },
  });
}

/** By what differs: tokens of one TPM have one serial number, cards of one user may have one label. */
function howToChoose(readers: Occupied[]): string {
  const differ = (of: (reader: Occupied) => string) => new Set(readers.map(of)).size === readers.length;
  if (differ(({ token }) => token.serial)) return 'choose one by its serial with --card';
  return differ(({ token }) => token.label) ? 'choose one by its label with --card' : 'choose one by its reader with --reader';
}

function notFound(selector: string, readers: Occupied[]): LyncauthError {
  const there = readers.length === 0 ? 'no initialised card is there' : `there is ${readers.map(describe).join('; ')}`;
  return new LyncauthError('CARD_NOT_FOUND', `no card fits "${selector}"; ${there}`, {
    hint: 'give --card a label or a serial number that lyncauth cards lists',
    details: { candidates: candidates(readers) },
  });
}

function unreadable(readers: Reader[]): LyncauthError {
  const known = readers.find(({ error }) => error !== undefined)?.error;
  const hint = "name the card's own driver with --module or --driver";
  return known ?? new LyncauthError('CARD_UNSUPPORTED', 'the driver does not know the card', { hint });
}

function uninitialized(known: Occupied[]): LyncauthError {
  const names = known.map(({ name }) => name).join(', ');
  const [{ token }] = known as [Occupied];
  return new LyncauthError('CARD_UNINITIALIZED', `the card in ${names} is not initialised`, { hint: setUpHint(token) });
}
