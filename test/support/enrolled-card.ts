/** What every finished enrollment must leave, and what every one that came to nothing must not. */
import { X509Certificate } from 'node:crypto';
import { expect } from 'vitest';
import { cardObjects } from './card-objects.js';
import type { TestLab } from './lab.js';

export interface Enrolled {
  keyId: string;
  certificate: X509Certificate;
}

/**
 * Expects one certificate and one key pair, all under one CKA_ID and label, and no open enrollment.
 * @param card `torn`: beside a key without any attribute, which SoftHSM leaves when it is killed while it writes one
 */
export function expectOneEnrollment(
  lab: TestLab,
  { torn = false, ...card }: { pin?: string; label?: string; torn?: boolean } = {},
): Enrolled {
  const objects = cardObjects(lab.token, card).filter(
    ({ kind, id, label }) => !(torn && kind !== 'certificate' && id === '' && label === ''),
  );
  expect(objects.map(({ kind }) => kind)).toEqual(['certificate', 'private key', 'public key']);
  const [certificate] = objects;
  for (const { id, label } of objects) expect([id, label]).toEqual([certificate?.id, certificate?.label]);
  expect(certificate?.id).toMatch(/^[0-9a-f]{32}$/);
  expect(lab.journal()).toEqual([]);
  return { keyId: certificate?.id ?? '', certificate: new X509Certificate(Buffer.from(certificate?.value ?? '', 'base64')) };
}

/** Expects a card without any object, and no open enrollment. */
export function expectUntouched(lab: TestLab, card: { pin?: string } = {}): void {
  expect(cardObjects(lab.token, card)).toEqual([]);
  expect(lab.journal()).toEqual([]);
}
