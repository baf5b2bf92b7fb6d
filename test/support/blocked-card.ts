/** A desk with a card whose PIN is blocked, of any driver that can be told apart by what the card says of itself. */
import type { CliResult } from './cli.js';
import { createDesk, type Desk } from './desk.js';
import { secretFile } from './secret-files.js';

export const NEXT = '60718293';
export const PUK = '98765432';

/** What unblocks a card, and its new PIN (NEXT unless given); undefined for a flag that is left out. */
export interface Given {
  puk?: string;
  soPin?: string;
  next?: string;
}

/** The drivers that a card can pose as; each but the first takes the PUK. */
export type Pose = 'softhsm' | 'opensc' | 'ykcs11' | 'activclient' | 'generic';

export interface BlockedCard extends Desk {
  /** Lets the card look like one of this driver, its PIN blocked unless told otherwise. @param rules of the fault module, besides */
  pose(driver: Pose, rules?: string[], badTries?: number): void;
  /** `lyncauth unblock-pin`, unattended. */
  unblock(given: Given, args?: string[]): Promise<CliResult>;
  /** The calls that a PIN or a PUK is in. */
  pinCalls(): string[];
}

/** By default SoftHSM's own, whose security officer unblocks it. */
export function createBlockedCard(): BlockedCard {
  const desk = createDesk();
  const puk = `puk ${PUK} ${desk.token.soPin}`;
  const poses: Record<Pose, string[]> = {
    softhsm: [],
    opensc: ['manufacturer OpenSC Project', puk],
    ykcs11: ['manufacturer Yubico (www.yubico.com)', `${puk} prefixed tries=3`],
    activclient: ['manufacturer ActivIdentity', 'model ActivClient'],
    generic: ['manufacturer ACME', 'model ACME', puk],
  };
  const card: BlockedCard = {
    ...desk,
    pose(driver, rules = [], badTries = 3) {
      desk.card.rules(['retries 3', ...poses[driver], ...rules]);
      desk.card.state({ badTries });
      desk.card.clearLog();
    },
    unblock({ puk, soPin, next = NEXT }, args = []) {
      const files = Object.entries({ puk, 'so-pin': soPin, 'new-pin': next }).flatMap(([name, text]) =>
        text === undefined ? [] : [`--${name}-file`, secretFile(desk.dir, name, text)],
      );
      return desk.run(['unblock-pin', '--json', '--no-input', ...files, ...args]);
    },
    pinCalls: () => desk.card.log().filter((line) => /^C_(Login|SetPIN|InitPIN) /.test(line)),
  };
  card.pose('softhsm');
  return card;
}
