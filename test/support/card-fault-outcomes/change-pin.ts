/** How a change of the PIN ends when the driver fails at it. Data only. */
import { BLOCKED, endingOf } from './ending.js';
import { type ChangePinRow, FAULTS, type FaultName, type FaultSection, LOSING, type Refusal } from './outcome.js';

const NEW_PIN_FIRST = 'try the new PIN before the old one';

/** What the card itself refuses; after anything else nobody knows. */
const REFUSED: Partial<Record<FaultName, Refusal>> = {
  CKR_PIN_LOCKED: BLOCKED,
  CKR_PIN_EXPIRED: {
    exit: 2,
    code: 'PIN_CHANGE_REQUIRED',
    says: 'PIN change failed: the PIN must be changed first (CKR_PIN_EXPIRED)',
    hint: 'ask the people who issued the card to set a new PIN',
  },
  CKR_FUNCTION_CANCELED: endingOf('CKR_FUNCTION_CANCELED', 'C_SetPIN') as Refusal,
};

function rowOf(fault: FaultName, done: boolean): ChangePinRow {
  return { fault, call: 'C_SetPIN', done, ends: endsBy(fault), holds: done ? 'the new PIN' : 'the old PIN' };
}

function endsBy(fault: FaultName): ChangePinRow['ends'] {
  if (fault === 'crash') return 'SIGSEGV';
  if (fault === 'hang') {
    return {
      exit: 3,
      code: 'DRIVER_TIMEOUT',
      says: 'the driver did not return from C_SetPIN within N seconds, and it is unknown whether the card changed its PIN',
      hint: `take the card out and put it back, and ${NEW_PIN_FIRST}`,
    };
  }
  const unknown = `it is unknown whether the card changed its PIN (${fault})`;
  return REFUSED[fault] ?? { exit: 1, code: 'PIN_CHANGE_UNKNOWN', says: unknown, hint: NEW_PIN_FIRST };
}

export const pinChange: FaultSection<ChangePinRow> = {
  title: 'PIN change',
  text: 'At `C_SetPIN` the old PIN has been proved by a login. The call is never repeated by itself. A PIN of which the card says already at the login that it has expired (`CKR_PIN_EXPIRED`) is changed all the same; not with drivers that would take it for the PUK then, as OpenSC does. In an enrollment (`--pin-change now`) the journal remembers that the PIN was being changed: the next run tries the new one, once.',
  rows: [...FAULTS.map((fault) => rowOf(fault, false)), ...LOSING.map((fault) => rowOf(fault, true))],
};
