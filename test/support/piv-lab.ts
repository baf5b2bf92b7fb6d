/** A practice organisation whose user Alice has PIV cards, filled as those who hand them out do it, in a reader: the program uses them through either driver. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { PRACTICE_PIN } from '../../src/lab/environment.js';
import { FACTORY, factoryState, saveState } from '../fixtures/piv-card/state.js';
import { certifyAlice } from './card-contract/certify.js';
import type { CliOptions, CliResult } from './cli.js';
import { startLab, type TestLab } from './lab.js';
import { orEnd } from './or-end.js';
import { type PivCard, type PivReader, startPivReader } from './piv-card.js';
import { fillPivCard, type PivKeyType, type PivSlot } from './piv-content.js';
import { secretFile } from './secret-files.js';

export type PivDriver = keyof PivReader['modules'];
export type PivKeys = Partial<Record<PivSlot, PivKeyType>>;

export interface PivLab {
  lab: TestLab;
  reader: PivReader;
  /** That in the first slot. Its PIN is the organisation's, which the program finds, as it does the management key. */
  card: PivCard;
  cards: PivCard[];
  /** `lyncauth ARGS --json --no-input` through this driver. */
  run(driver: PivDriver, args: readonly string[], options?: CliOptions): Promise<CliResult>;
  stop(): Promise<void>;
}

/** @param contents what is on each card, one or two; each key has a certificate of Alice */
export async function startPivLab(...contents: PivKeys[]): Promise<PivLab> {
  const lab = await startLab();
  const certify = (key: KeyObject) => {
    const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' });
    return Buffer.from(certifyAlice(lab, publicKey.toString('base64')), 'base64');
  };
  const paths = contents.map((keys, slot) => {
    const path = join(lab.dir, `card-${slot}.json`);
    const state = factoryState();
    saveState(path, { ...state, pin: { ...state.pin, value: PRACTICE_PIN } });
    fillPivCard(path, keys as Record<PivSlot, PivKeyType>, certify);
    return path;
  });
  const reader = await orEnd(lab.stop, () => startPivReader({ cards: paths }));
  const soPin = secretFile(lab.dir, 'management-key', FACTORY.managementKey);
  return {
    ...{ lab, reader, card: reader.card, cards: reader.cards },
    run: (driver, args, options = {}) =>
      lab.run([...args, '--json', '--no-input'], {
        ...options,
        env: {
          ...reader.env,
          LYNCAUTH_CARD: undefined,
          LYNCAUTH_MODULE: reader.modules[driver],
          LYNCAUTH_SO_PIN_FILE: soPin,
          ...options.env,
        },
      }),
    async stop() {
      await reader.close();
      await lab.stop();
    },
  };
}
