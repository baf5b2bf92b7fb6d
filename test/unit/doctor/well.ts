/** Facts about a computer on which all is well, to be changed by a test in the one thing that it is about. */
import type { CardFacts, DriverFacts, Facts, ProbedDriver } from '../../../src/doctor/facts.js';

export const NOW = new Date('2026-11-23T12:00:00Z');
const ENDED = { end: { how: 'ended' }, output: '' } as const;
const OPENSC = { id: 'opensc', name: 'OpenSC', kind: 'physical' } as const;

/** A card of Kim's, without keys and certificates. */
export function card(changes: Partial<CardFacts> = {}): CardFacts {
  return {
    ...{ label: 'Kim', serial: '0a1b', model: 'PKCS#15', manufacturer: 'Maker', driver: 'opensc', kind: 'physical' },
    ...{ pin: { state: 'ok', min: 4, max: 8 }, pinToBeChanged: false, soPin: 'ok', initialized: true, pinPad: false, loginRequired: true },
    ...{ unblock: 'setpin-puk', certificates: [], keys: [] },
    ...changes,
  };
}

/** What a driver shows: by default one reader with the card in it. */
export function shown(changes: Partial<DriverFacts> = {}): DriverFacts {
  return { profile: OPENSC, readers: [{ name: 'Reader 1', present: true, card: card() }], ...changes };
}

/** OpenSC, which is used. */
export function driver(changes: Partial<ProbedDriver> = {}): ProbedDriver {
  return { path: '/lib/opensc-pkcs11.so', profile: OPENSC, used: true, facts: shown(), ...ENDED, ...changes };
}

/** OpenSC with this card in its reader. */
export function driverWith(changes: Partial<CardFacts>): ProbedDriver {
  return driver({ facts: shown({ readers: [{ name: 'Reader 1', present: true, card: card(changes) }] }) });
}

export function facts(changes: Partial<Facts> = {}): Facts {
  return {
    ...{ now: NOW, node: '20.20.2', platform: 'linux', arch: 'x64', systemd: true, osRelease: 'ID=debian\n' },
    ...{ addons: { facts: {}, ...ENDED }, pcsc: { state: 'running', socket: '/run/pcscd/pcscd.comm' }, drivers: [driver()] },
    ...{ wrongPins: {}, enrollments: [], unreadable: [] },
    ...changes,
  };
}
