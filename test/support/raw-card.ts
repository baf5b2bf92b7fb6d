/** A card asked by hand, through pkcs11js alone: what our own code says about a PIN must agree with it. Slow: a process for each question. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { TestToken } from './softhsm.js';

const SCRIPT = `
const { createRequire } = require('node:module');
const pkcs11js = createRequire(process.argv[1])('pkcs11js');
const [, , modulePath, label, pin, ...objects] = process.argv;
const card = new pkcs11js.PKCS11();
card.load(modulePath);
card.C_Initialize();
const slot = card.C_GetSlotList(true).find((candidate) => card.C_GetTokenInfo(candidate).label.trim() === label);
const session = card.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION);
let answer = 'CKR_OK';
try {
  card.C_Login(session, pkcs11js.CKU_USER, pin);
  for (const [id, text, value] of JSON.parse(objects[0] ?? '[]')) {
    card.C_CreateObject(session, [
      { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_CERTIFICATE },
      { type: pkcs11js.CKA_CERTIFICATE_TYPE, value: pkcs11js.CKC_X_509 },
      { type: pkcs11js.CKA_TOKEN, value: true },
      { type: pkcs11js.CKA_PRIVATE, value: false },
      { type: pkcs11js.CKA_SUBJECT, value: Buffer.from('3000', 'hex') },
      { type: pkcs11js.CKA_ID, value: Buffer.from(id, 'hex') },
      { type: pkcs11js.CKA_LABEL, value: text },
      { type: pkcs11js.CKA_VALUE, value: Buffer.from(value, 'base64') },
    ]);
  }
} catch (error) {
  answer = error.message;
}
card.C_Finalize();
process.stdout.write(answer);
`;

export interface ForeignCertificate {
  /** CKA_ID, hex. */
  id: string;
  label: string;
  /** CKA_VALUE: any bytes. */
  value: Buffer;
}

/** What C_Login answers to `pin`: `CKR_OK`, or text with the name of the error. */
export function tryPin(token: TestToken, pin: string): string {
  return ask(token, pin, []);
}

/** Puts certificate objects onto the card as other software might. */
export function addCertificates(token: TestToken, certificates: ForeignCertificate[]): void {
  const objects = certificates.map(({ id, label, value }) => [id, label, value.toString('base64')]);
  const answer = ask(token, token.pin, objects);
  if (answer !== 'CKR_OK') throw new Error(`the card took no certificate: ${answer}`);
}

function ask(token: TestToken, pin: string, objects: string[][]): string {
  const args = ['-e', SCRIPT, join(import.meta.dirname, 'raw-card.ts'), token.modulePath, token.label, pin, JSON.stringify(objects)];
  return execFileSync(process.execPath, args, { env: { ...process.env, ...token.env }, encoding: 'utf8' });
}
