/** What is on a card, read by a process of its own through the bare binding: a witness that shares nothing with the program under test. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { softhsmModule, type TestToken } from './softhsm.js';

export interface CardObject {
  kind: 'certificate' | 'public key' | 'private key' | 'other';
  /** CKA_ID, hexadecimal. */
  id: string;
  label: string;
  /** Of a certificate: DER, base64. */
  value: string;
}

const SCRIPT = `
  const p = require('pkcs11js');
  const [path, label, pin] = JSON.parse(process.argv[1]);
  const card = new p.PKCS11();
  card.load(path);
  card.C_Initialize();
  const slot = card.C_GetSlotList(true).find((each) => card.C_GetTokenInfo(each).label.trimEnd() === label);
  const session = card.C_OpenSession(slot, p.CKF_SERIAL_SESSION);
  card.C_Login(session, p.CKU_USER, pin);
  card.C_FindObjectsInit(session, []);
  const handles = card.C_FindObjects(session, 100);
  card.C_FindObjectsFinal(session);
  const read = (handle, type) => { try { return card.C_GetAttributeValue(session, handle, [{ type }])[0].value; } catch { return Buffer.alloc(0); } };
  const kinds = { [p.CKO_CERTIFICATE]: 'certificate', [p.CKO_PUBLIC_KEY]: 'public key', [p.CKO_PRIVATE_KEY]: 'private key' };
  const objects = handles.map((handle) => {
    const kind = kinds[read(handle, p.CKA_CLASS).readUInt32LE(0)] ?? 'other';
    const value = kind === 'certificate' ? read(handle, p.CKA_VALUE).toString('base64') : '';
    return { kind, id: read(handle, p.CKA_ID).toString('hex'), label: read(handle, p.CKA_LABEL).toString('utf8'), value };
  });
  console.log(JSON.stringify(objects.sort((a, b) => a.kind.localeCompare(b.kind) || a.id.localeCompare(b.id))));
  card.C_Finalize();
`;

/**
 * Every object of the card called `label`, certificates first.
 * @param pin - the PIN that is right now; private keys do not show without it
 */
export function cardObjects(token: TestToken, { pin = token.pin, label = token.label } = {}): CardObject[] {
  const output = execFileSync(process.execPath, ['-e', SCRIPT, JSON.stringify([softhsmModule(), label, pin])], {
    cwd: join(import.meta.dirname, '../..'),
    env: { ...process.env, ...token.env },
    encoding: 'utf8',
  });
  return JSON.parse(output) as CardObject[];
}
