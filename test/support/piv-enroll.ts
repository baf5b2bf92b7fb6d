/** Enrollments of PIV cards through Yubico's driver, and what they leave on the card. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readTemplate } from '../fixtures/piv-card/ber-tlv.js';
import type { CommandName } from '../fixtures/piv-card/card-log.js';
import type { CliOptions, CliResult } from './cli.js';
import { killWhen } from './interrupt.js';
import type { PivLab } from './piv-lab.js';

export const ALICE = 'alice@lab.test';

/** The objects with the certificates of 9A, 9C and 9D. */
export const CERTIFICATE_OF = { '9a': '5fc105', '9c': '5fc10a', '9d': '5fc10b' } as const;
export type EnrolledSlot = keyof typeof CERTIFICATE_OF;

/** `lyncauth enroll --json --no-input --yes ARGS` through ykcs11. */
export function enrollPiv({ run }: PivLab, args: readonly string[] = [], options?: CliOptions): Promise<CliResult> {
  return run('ykcs11', ['enroll', '--yes', ...args], options);
}

/** The certificate in a slot. */
export function certificateIn({ card }: Pick<PivLab, 'card'>, slot: EnrolledSlot): X509Certificate {
  const content = Buffer.from(card.state().objects[CERTIFICATE_OF[slot]] ?? '', 'hex');
  const fields = readTemplate(Buffer.concat([Buffer.from([0x53, 0x82, content.length >> 8, content.length & 0xff]), content]), 0x53);
  // never compressed: readers of other makers would not find it
  expect(fields.get(0x71)).toEqual(Buffer.from([0]));
  return new X509Certificate(fields.get(0x70) ?? Buffer.alloc(0));
}

/** Expects a run to have issued a certificate into this slot, to the key that is there, and nothing to be left open. */
export function expectIssued(setting: PivLab, result: CliResult, slot: EnrolledSlot): X509Certificate {
  expect(result.code, result.stdout + result.stderr).toBe(0);
  const certificate = certificateIn(setting, slot);
  expect(result.json().result).toMatchObject({
    status: 'issued',
    token: { driver: 'ykcs11', kind: 'physical' },
    certificate: { upn: ALICE, sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase() },
  });
  expect(certificate.checkPrivateKey(privateKeyIn(setting, slot))).toBe(true);
  expect(setting.lab.journal()).toEqual([]);
  return certificate;
}

/** Starts `lyncauth enroll ARGS` and ends it, as a power cut does, when the card has carried out the command `at` and not answered yet. */
export async function enrollKilled({ lab, reader, card }: PivLab, args: readonly string[], at: CommandName, after = 0): Promise<void> {
  await card.plan({ at, what: 'freeze', done: true, after });
  let frozen = false;
  const happened = card.happened().then(() => {
    frozen = true;
  });
  const { LYNCAUTH_CARD: _, ...env } = lab.env;
  const more = { ...reader.env, LYNCAUTH_MODULE: reader.modules.ykcs11, LYNCAUTH_SO_PIN_FILE: join(lab.dir, 'management-key') };
  await killWhen({ env: { ...env, ...more } }, ['enroll', '--yes', '--json', '--no-input', ...args], () => frozen);
  await happened;
  await card.thaw();
}

/** What the card was asked of this name. */
export function asked({ card }: Pick<PivLab, 'card'>, name: string): number {
  return card.log().filter((entry) => entry.name === name).length;
}

function privateKeyIn({ card }: Pick<PivLab, 'card'>, slot: EnrolledSlot): KeyObject {
  return createPrivateKey(card.state().keys[slot]?.pkcs8 ?? '');
}
