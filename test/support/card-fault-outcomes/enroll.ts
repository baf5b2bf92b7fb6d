/** How an enrollment ends when the driver fails: at the login, the key, a signature, the certificate. Data only. */
import { BLOCKED, endingOf } from './ending.js';
import { type EnrollRow, endsAtOnce, FAULTS, type FaultName, type FaultSection, type FaultyCall, LOSING } from './outcome.js';

type Left = Pick<EnrollRow, 'step' | 'holds'>;

function rowOf(call: FaultyCall, fault: FaultName, done: boolean, left: Left): EnrollRow {
  return { fault, call, done, ends: call === 'C_Login' && fault === 'CKR_PIN_LOCKED' ? BLOCKED : endingOf(fault, call), ...left };
}

function refusedAt(call: FaultyCall, leftBy: (fault: FaultName) => Left): EnrollRow[] {
  return FAULTS.map((fault) => rowOf(call, fault, false, leftBy(fault)));
}

function lostAt(call: FaultyCall, leftBy: (fault: FaultName) => Left): EnrollRow[] {
  return LOSING.map((fault) => rowOf(call, fault, true, leftBy(fault)));
}

export const login: FaultSection<EnrollRow> = {
  title: 'Login',
  text: 'At `C_Login` nothing has been done yet. The PIN is not tried again, and no try of it is spent.',
  rows: refusedAt('C_Login', (fault) => ({ step: endsAtOnce(fault) ? 'planned' : undefined, holds: 'nothing' })),
};

export const keyGeneration: FaultSection<EnrollRow> = {
  title: 'Key generation',
  text: 'At `C_GenerateKeyPair` a run that goes on removes what the card may have made, as long as the card answers. Where it cannot, the next run does: it knows the id of the key, which was drawn at random and written down before.',
  rows: [
    ...refusedAt('C_GenerateKeyPair', (fault) => ({ step: endsAtOnce(fault) ? 'making-key' : undefined, holds: 'nothing' })),
    ...lostAt('C_GenerateKeyPair', (fault) =>
      endsAtOnce(fault) ? { step: 'making-key', holds: 'the key' } : { step: undefined, holds: 'nothing' },
    ),
  ],
};

const signed: Left = { step: 'key-made', holds: 'the key' };

export const signature: FaultSection<EnrollRow> = {
  title: 'Signature',
  text: 'At `C_SignInit` and `C_Sign` the key is on the card and stays; nothing has been sent to the CA.',
  rows: [...refusedAt('C_SignInit', () => signed), ...refusedAt('C_Sign', () => signed)],
};

export const installation: FaultSection<EnrollRow> = {
  title: 'Installation of the certificate',
  text: 'At `C_CreateObject` the CA has issued the certificate, and it is kept in the journal: the next run sends no request.',
  rows: [
    ...refusedAt('C_CreateObject', () => ({ step: 'issued', holds: 'the key' })),
    ...lostAt('C_CreateObject', () => ({ step: 'issued', holds: 'the key and the certificate' })),
  ],
};
