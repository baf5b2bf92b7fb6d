/** Judges whether there is a card to work with, and the state of its PIN: by flags and counts, without a login. */
import { generic } from '../pkcs11/drivers/generic.js';
import { setUpHint } from '../pkcs11/pin-policy.js';
import { cardKey } from '../pkcs11/same-card.js';
import { quote } from '../store/file-checks.js';
import { about, cardsOf, flagsFor, type SeenCard, seenBy } from './cards.js';
import type { Check, Facts, Finding } from './facts.js';

const ISSUER = 'ask the people who issued the card';
/** Of SoftHSM, which is the one that has blank slots. */
const SOFTWARE_CARD = 'softhsm2-util --init-token --free --label NAME';

export const cards: Check = {
  id: 'cards',
  title: 'card',
  run: (facts) => [...missing(facts), ...elsewhere(facts), ...blank(facts)],
};

/** The one that was asked for, or any. */
function missing(facts: Facts): Finding[] {
  if (cardsOf(facts).length > 0) return [];
  const shown = facts.drivers.filter((driver) => driver.facts !== undefined);
  const why = 'enrolling and signing in need it';
  const asked = shown.find((driver) => driver.used)?.facts?.notFound ?? shown.find((driver) => driver.facts?.notFound)?.facts?.notFound;
  if (asked !== undefined) return [{ status: 'fail', detail: asked.message, why, fix: asked.hint }];
  const occupied = shown.some((driver) => driver.facts?.readers.some(({ present }) => present));
  const empty = shown.some((driver) => (driver.facts?.readers.length ?? 0) > 0) && !occupied;
  return empty ? [{ status: 'warn', detail: 'no card is in a reader', why, fix: 'insert the card' }] : [];
}

/** Commands do not look through all drivers. */
function elsewhere(facts: Facts): Finding[] {
  const seen = cardsOf(facts);
  const [other] = seen;
  if (other === undefined || seen.some(({ used }) => used)) return [];
  return [
    {
      status: 'warn',
      ...about(other),
      detail: `only ${other.module} shows it, and lyncauth uses another driver`,
      why: 'commands do not find the card',
      fix: `lyncauth config set module ${quote(other.module)}`,
    },
  ];
}

/** A blank card of plastic should have been set up. Software and TPMs show a slot for the next card at all times: it matters while there is no other. */
function blank(facts: Facts): Finding[] {
  const none = cardsOf(facts).length === 0;
  const found = facts.drivers.flatMap(seenBy).filter(({ initialized }) => !initialized);
  const meant = found.filter(({ kind, used }) => kind === 'physical' || (none && used));
  return meant.map((card) => ({
    status: 'warn',
    about: `reader ${card.reader}`,
    detail: 'the card in it is not initialised',
    why: 'it can hold no key before it is',
    fix: card.kind === 'software' ? SOFTWARE_CARD : setUpHint(card),
    module: card.module,
  }));
}

export const pin: Check = {
  id: 'pin',
  title: 'PIN',
  run: (facts) => cardsOf(facts).flatMap((card) => [state(card), ...refused(card, facts.wrongPins[cardKey(card)] ?? 0)]),
};

function state(card: SeenCard): Finding {
  const flags = flagsFor(card);
  const check = `be sure of the PIN, then: lyncauth change-pin --check ${flags}`;
  const verdicts: Record<SeenCard['pin']['state'], Verdict> = {
    ok: { status: 'ok', detail: 'nothing against it' },
    unknown: { status: 'ok', detail: 'the driver tells nothing about it' },
    low: { status: 'warn', detail: 'the last try was wrong', why: 'more wrong tries in a row block it', fix: check },
    final: { status: 'warn', detail: 'one try is left', why: 'one more wrong PIN blocks it; unattended runs refuse to try', fix: check },
    locked: blocked(card, flags),
    'must-change': {
      status: 'warn',
      detail: 'it must be changed before the card is used',
      why: 'until then enroll and sign-in refuse to run unattended',
      fix: `lyncauth change-pin ${flags}`,
    },
    unset: { status: 'fail', detail: 'it was never set', why: 'nobody can log in to the card', fix: setUpHint(card) },
  };
  return { ...about(card), ...verdicts[card.pin.state] };
}

function blocked(card: SeenCard, flags: string): Verdict {
  const said = { status: 'fail' as const, detail: 'it is blocked after too many wrong tries', why: 'the key of the card cannot be used' };
  // unblock-pin tries drivers that nobody knows in the usual ways
  const never = card.unblock === 'none' && card.driver !== generic.id;
  if (never || (card.unblock === 'so-initpin' && card.soPin === 'locked')) return { ...said, fix: `${ISSUER} to unblock it` };
  const secret = { 'so-initpin': 'SO PIN', none: 'PUK or SO PIN' }[card.unblock as string] ?? 'PUK';
  return { ...said, why: `${said.why}; the people who issued the card have its ${secret}`, fix: `lyncauth unblock-pin ${flags}` };
}

type Verdict = Pick<Finding, 'status' | 'detail' | 'why' | 'fix'>;

function refused(card: SeenCard, count: number): Finding[] {
  if (count === 0) return [];
  const runs = count === 1 ? 'an unattended run' : `${count} unattended runs in a row`;
  return [
    {
      status: 'warn',
      ...about(card),
      detail: `${runs} had a PIN that the card refused`,
      why: 'each cost a try, and the next one will',
      fix: `put the right PIN into the PIN file of that job, then: lyncauth change-pin --check --pin-file FILE ${flagsFor(card)}`,
    },
  ];
}
