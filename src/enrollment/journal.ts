/** The journal of an enrollment: written before each step that cannot be taken back, so that a crash loses nothing. */
import { createHash } from 'node:crypto';
import { type CardName, cardKey } from '../pkcs11/same-card.js';
import { listRecords, removeRecord, writeRecord } from '../store/records.js';
import type { EnrollmentKey, EnrollmentPlan } from './plan.js';
import type { Replaced } from './replaced.js';

/** The steps in their order. A record stands at the step that was begun ("making key") or reached ("key made"). */
export type EnrollmentStep =
  | 'planned'
  | 'changing-pin'
  | 'pin-changed'
  | 'making-key'
  | 'key-made'
  | 'submitting'
  | 'submitted'
  | 'issued'
  | 'installed';

/**
 * The steps that must survive a power cut before the flow goes on: what follows them changes the PIN, the card or the CA. To stand one step earlier
 * than the others costs only a repetition.
 */
const MUST_LAST: ReadonlySet<EnrollmentStep> = new Set(['changing-pin', 'pin-changed', 'making-key', 'submitting', 'submitted']);

export interface EnrollmentRecord {
  readonly serial: string;
  readonly cardLabel: string;
  readonly plan: EnrollmentPlan;
  readonly startedAt: string;
  step: EnrollmentStep;
  /** Whether the PIN was changed in this enrollment: a resumed run uses the new one, never the old. */
  pinChanged: boolean;
  /** The PIN is being changed although there is a key already, whose step stays. */
  pinChanging?: boolean | undefined;
  /** When the PIN was to be changed the card bore a mark, which the change takes off; one that is made later is another's. */
  markedBefore?: boolean | undefined;
  /** The user of the card is to change the PIN at first use: the card is marked once the certificate is installed. */
  atFirstUse?: boolean | undefined;
  /** The card is being marked for a moment, to find out whether it can be: a mark on it is this enrollment's. */
  markTried?: boolean | undefined;
  /** CKA_ID (hex): that of a fixed slot, or chosen at random; written here before the key is made. */
  keyId?: string;
  /** In a fixed slot: what tells the new key from others, as markOf() has it. */
  newKey?: string | null | undefined;
  /** In a fixed slot: the certificate that was there, saved before its key died or another one took its place. */
  overwritten?: Replaced[] | undefined;
  requestId?: string | undefined;
  /** A person named the request id, the CA did not: it may be another request's. */
  requestIdTold?: boolean | undefined;
  /** The certificate, base64 DER, once it has been downloaded. */
  certificate?: string | undefined;
}

/** The records of one directory; each change is on the disk before the next step begins. */
export class Journal {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Every open enrollment, the oldest first. */
  all(): EnrollmentRecord[] {
    const records = listRecords(this.#dir) as { id: string; value: EnrollmentRecord }[];
    return records.map((record) => record.value).sort((a, b) => a.startedAt.localeCompare(b.startedAt));
  }

  find(key: EnrollmentKey): EnrollmentRecord | undefined {
    return this.all().find((record) => recordId(keyOf(record)) === recordId(key));
  }

  /** Opens a record. What `earlier`, which stopped before it had a key, knows about the PIN and the mark is taken over in the same write. */
  begin(card: { serial: string; label: string }, plan: EnrollmentPlan, now: Date, earlier?: EnrollmentRecord): EnrollmentRecord {
    const { step, pinChanged, markedBefore, markTried } = earlier ?? { step: 'planned', pinChanged: false };
    const record: EnrollmentRecord = {
      ...{ serial: card.serial, cardLabel: card.label, plan, startedAt: now.toISOString(), step, pinChanged },
      ...(markedBefore === undefined ? {} : { markedBefore }),
      ...(markTried === undefined ? {} : { markTried }),
    };
    this.write(record);
    if (earlier !== undefined && recordId(keyOf(earlier)) !== recordId(keyOf(record))) this.close(earlier);
    return record;
  }

  advance(
    record: EnrollmentRecord,
    step: EnrollmentStep,
    facts: Partial<Omit<EnrollmentRecord, 'serial' | 'cardLabel' | 'plan' | 'startedAt' | 'step'>> = {},
  ): void {
    Object.assign(record, facts, { step });
    this.write(record);
  }

  /** Ends the enrollment. Should a power cut bring the record back, the next run finds everything done and closes it again. */
  close(record: EnrollmentRecord): void {
    removeRecord(this.#dir, recordId(keyOf(record)), { lasting: false });
  }

  /**
   * Takes what names the user out of a record: it can be gone on with, and then has to be told again whom the certificate is for. A downloaded
   * certificate, which names the user as well, is dropped while it can be downloaded again.
   * @returns false when the record stays as it is, since another one like it names nobody already
   */
  withoutUser(record: EnrollmentRecord): boolean {
    const { certificate, ...others } = record;
    const { plan, cardLabel } = record;
    const again = record.step === 'issued' && record.requestId !== undefined;
    const nameless: EnrollmentRecord = {
      ...others,
      plan: { ...plan, upn: undefined, name: cardLabel, clientInfo: undefined },
      step: again ? 'submitted' : record.step,
      ...(certificate === undefined || again ? {} : { certificate }),
    };
    const renamed = plan.upn !== undefined;
    if (renamed && this.find(keyOf(nameless)) !== undefined) return false;
    this.write(nameless);
    if (renamed) this.close(record);
    return true;
  }

  private write(record: EnrollmentRecord): void {
    const lasting = MUST_LAST.has(record.step) || record.pinChanging === true;
    writeRecord(this.#dir, recordId(keyOf(record)), record, { lasting });
  }
}

/** What the record of an enrollment is found by. */
export function keyOf(record: EnrollmentRecord): EnrollmentKey {
  return { ca: record.plan.ca, card: cardKey(cardOf(record)), template: record.plan.template, upn: record.plan.upn };
}

/** The card that the enrollment is of. */
export function cardOf({ serial, cardLabel }: EnrollmentRecord): CardName {
  return { serial, label: cardLabel };
}

function recordId(key: EnrollmentKey): string {
  const parts = [key.ca, key.card, key.template.toLowerCase(), key.upn?.toLowerCase() ?? ''];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
