import { expect, test } from 'vitest';
import { CKA, CKO } from '../../../src/pkcs11/cryptoki.js';
import { generateKeyPair, newKeyId } from '../../../src/pkcs11/keys.js';
import { openCard, openFaultyCard } from '../../support/card.js';

/** Notes which calls were begun, and which of them are open. */
function recorder() {
  const begun: string[] = [];
  const open: string[] = [];
  const watch = (call: string) => {
    begun.push(call);
    open.push(call);
    return () => void open.splice(open.indexOf(call), 1);
  };
  return { begun, open, watch };
}

test('loading the module and every call of its driver are watched, ours and those of graphene', () => {
  const { begun, open, watch } = recorder();
  const card = openCard({ watch });
  expect(begun).toEqual(['loading the module', 'C_Initialize', 'C_GetInfo']);
  const session = card.openLoggedIn();
  expect(() => session.create('something', [{ type: CKA.CLASS, value: CKO.CERTIFICATE }])).toThrow();
  session.close();
  card.module.close();
  expect(new Set(begun.slice(3))).toEqual(
    new Set([
      'C_GetSlotList',
      'C_GetSlotInfo',
      'C_GetTokenInfo',
      'C_OpenSession',
      'C_GetSessionInfo',
      'C_Login',
      'C_CreateObject',
      'C_CloseSession',
      'C_Finalize',
    ]),
  );
  expect(open).toEqual([]);
});

test('a call in the background is watched by its plain name until it is done', async () => {
  const { open, watch } = recorder();
  const session = openCard({ watch }).openLoggedIn();
  const key = generateKeyPair(session, { type: 'p256', id: newKeyId(), label: 'k' });
  await Promise.resolve();
  expect(open).toEqual(['C_GenerateKeyPair']);
  await key;
  expect(open).toEqual([]);
});

test.each(['C_OpenSession', 'C_GenerateKeyPair'])('%s is over when it fails', async (call) => {
  const { begun, open, watch } = recorder();
  const card = await openFaultyCard({ watch });
  card.fault.rules([`fail ${call} CKR_DEVICE_ERROR`]);
  const work = async () => generateKeyPair(card.openLoggedIn(), { type: 'p256', id: newKeyId(), label: 'k' });
  await expect(work()).rejects.toMatchObject({ details: { ckr: 'CKR_DEVICE_ERROR' } });
  expect(begun).toContain(call);
  expect(open).toEqual([]);
});

test('a call that cannot be watched is not made', async () => {
  const card = await openFaultyCard({
    watch: (call) => {
      if (call === 'C_GetTokenInfo') throw new Error('no thread left');
      return () => {};
    },
  });
  expect(() => card.open()).toThrow();
  expect(card.fault.calls('C_GetTokenInfo')).toEqual([]);
});
