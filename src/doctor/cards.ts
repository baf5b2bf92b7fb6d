/** The cards among the facts, each once, and how they are named. */
import { cardSelector } from '../pkcs11/same-card.js';
import { quote } from '../store/file-checks.js';
import type { CardFacts, Facts, ProbedDriver } from './facts.js';

export interface SeenCard extends CardFacts {
  reader: string;
  /** Path of the driver that shows it. */
  module: string;
  /** Whether that is the one that the commands use. */
  used: boolean;
}

/** Every card that has been set up; of one that several drivers show, what the one says that the commands use. */
export function cardsOf({ drivers }: Facts): SeenCard[] {
  const seen = drivers.flatMap(seenBy).filter(({ initialized }) => initialized);
  return seen.filter((card, index) => seen.findIndex((other) => isSame(card, other)) === index);
}

/** All that the driver shows, cards that nobody has set up among them. */
export function seenBy({ path, used, facts }: ProbedDriver): SeenCard[] {
  const readers = facts?.readers ?? [];
  return readers.flatMap(({ name, card }) => (card === undefined ? [] : [{ ...card, reader: name, module: path, used }]));
}

/** Drivers name a card as they like; what two of them see in one reader is one card. */
function isSame(one: SeenCard, other: SeenCard): boolean {
  const alike = one.serial === other.serial && one.label === other.label;
  return alike || (one.module !== other.module && one.kind === 'physical' && other.kind === 'physical' && one.reader === other.reader);
}

/** The part of a finding that says which card it is about. */
export function about({ label, serial, module }: SeenCard): { about: string; card: { label: string; serial: string }; module: string } {
  return { about: `card "${label}"`, card: { label, serial }, module };
}

/** The flags that a command needs to take this card. */
export function flagsFor(card: SeenCard): string {
  const { module, used } = card;
  const driver = used ? '' : `--module ${quote(module)} `;
  return `${driver}--card ${quote(cardSelector(card))}`;
}
