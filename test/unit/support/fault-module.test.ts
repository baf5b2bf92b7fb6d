/** The fault-injecting module does what its rules say, asked by raw pkcs11js. */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Handle, PKCS11 } from 'pkcs11js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFault, type Fault } from '../../support/fault-module.js';
import { createToken, type TestToken } from '../../support/softhsm.js';

const pkcs11 = createRequire(import.meta.url)('pkcs11js') as typeof import('pkcs11js');

let token: TestToken;
let fault: Fault;
let card: PKCS11;
let slot: Handle;

beforeEach(() => {
  token = createToken();
  fault = createFault({ token });
  Object.assign(process.env, fault.env);
  card = new pkcs11.PKCS11();
  card.load(fault.modulePath);
  card.C_Initialize({ flags: pkcs11.CKF_OS_LOCKING_OK });
  slot = firstSlot();
});

afterEach(() => {
  card.C_Finalize();
  card.close();
  fault.remove();
  token.remove();
});

function firstSlot(): Handle {
  const found = card.C_GetSlotList(true).find((each) => card.C_GetTokenInfo(each).label.trimEnd() === token.label);
  if (found === undefined) throw new Error('no token');
  return found;
}

function openSession(): Handle {
  return card.C_OpenSession(slot, pkcs11.CKF_SERIAL_SESSION | pkcs11.CKF_RW_SESSION);
}

/** The return value that `call` fails with, 0 when it does not. */
function returnValue(call: () => unknown): number {
  try {
    call();
    return 0;
  } catch (error) {
    return (error as { code: number }).code;
  }
}

function login(session: Handle, pin: string): number {
  return returnValue(() => card.C_Login(session, pkcs11.CKU_USER, pin));
}

function flags(): number {
  return card.C_GetTokenInfo(slot).flags;
}

/** A P-256 key pair; the private key. */
async function generateKey(session: Handle): Promise<Handle> {
  const own = [
    { type: pkcs11.CKA_TOKEN, value: true },
    { type: pkcs11.CKA_ID, value: Buffer.from([1]) },
  ];
  const curve = { type: pkcs11.CKA_EC_PARAMS, value: Buffer.from('06082a8648ce3d030107', 'hex') };
  const keys = await card.C_GenerateKeyPairAsync(session, { mechanism: pkcs11.CKM_EC_KEY_PAIR_GEN }, [...own, curve], own);
  return keys.privateKey;
}

function sign(session: Handle, key: Handle, pin?: string): number {
  return returnValue(() => {
    card.C_SignInit(session, { mechanism: pkcs11.CKM_ECDSA }, key);
    if (pin !== undefined) card.C_Login(session, pkcs11.CKU_CONTEXT_SPECIFIC, pin);
    card.C_Sign(session, Buffer.alloc(32, 7), Buffer.alloc(64));
  });
}

describe('the fault module', () => {
  test('passes everything on while it has no rules', async () => {
    const session = openSession();
    expect(login(session, token.pin)).toBe(0);
    expect(sign(session, await generateKey(session))).toBe(0);
    expect(fault.calls('C_Login')).toEqual(['C_Login 0x0 user']);
  });

  test('returns a value once, after skipping calls, and then works again', () => {
    fault.rules(['fail C_OpenSession CKR_DEVICE_ERROR skip=1 times=1']);
    expect([1, 2, 3].map(() => returnValue(openSession))).toEqual([0, pkcs11.CKR_DEVICE_ERROR, 0]);
  });

  test('reports a failure of a call that was carried out', () => {
    const session = openSession();
    fault.rules(['fail C_Login CKR_DEVICE_REMOVED times=1 before=0']);
    expect(login(session, token.pin)).toBe(pkcs11.CKR_DEVICE_REMOVED);
    expect(login(session, token.pin)).toBe(pkcs11.CKR_USER_ALREADY_LOGGED_IN);
  });

  test('a failed signature leaves no operation behind', async () => {
    const session = openSession();
    login(session, token.pin);
    const key = await generateKey(session);
    fault.rules(['fail C_Sign CKR_FUNCTION_FAILED times=1']);
    expect([sign(session, key), sign(session, key)]).toEqual([pkcs11.CKR_FUNCTION_FAILED, 0]);
  });

  test('counts wrong PINs to the lock, through the flags a card shows', () => {
    fault.rules(['retries 3']);
    const session = openSession();
    const shown = pkcs11.CKF_USER_PIN_COUNT_LOW | pkcs11.CKF_USER_PIN_FINAL_TRY | pkcs11.CKF_USER_PIN_LOCKED;
    const seen = [1, 2, 3].map(() => [login(session, 'wrong-1'), flags() & shown]);
    expect(seen).toEqual([
      [pkcs11.CKR_PIN_INCORRECT, 0x10000],
      [pkcs11.CKR_PIN_INCORRECT, 0x30000],
      [pkcs11.CKR_PIN_INCORRECT, 0x50000],
    ]);
    expect(login(session, token.pin)).toBe(pkcs11.CKR_PIN_LOCKED);
  });

  test('keeps the PIN counter for the next program', () => {
    fault.rules(['retries 3']);
    login(openSession(), 'wrong-1');
    card.C_Finalize();
    card.C_Initialize({ flags: pkcs11.CKF_OS_LOCKING_OK });
    slot = firstSlot();
    expect(flags() & pkcs11.CKF_USER_PIN_COUNT_LOW).not.toBe(0);
  });

  test('a right PIN clears the counter', () => {
    fault.rules(['retries 3']);
    fault.state({ badTries: 2 });
    expect(login(openSession(), token.pin)).toBe(0);
    expect(flags() & pkcs11.CKF_USER_PIN_FINAL_TRY).toBe(0);
  });

  test('wants the PIN changed before a key is made', async () => {
    fault.rules(['mustchange']);
    const session = openSession();
    login(session, token.pin);
    expect(flags() & pkcs11.CKF_USER_PIN_TO_BE_CHANGED).not.toBe(0);
    await expect(generateKey(session)).rejects.toMatchObject({ code: pkcs11.CKR_PIN_EXPIRED });
    card.C_SetPIN(session, token.pin, '97531864');
    expect(flags() & pkcs11.CKF_USER_PIN_TO_BE_CHANGED).toBe(0);
    await expect(generateKey(session)).resolves.toBeInstanceOf(Buffer);
  });

  test('wants a login of its own for each signature', async () => {
    const session = openSession();
    login(session, token.pin);
    const key = await generateKey(session);
    fault.rules(['alwaysauth']);
    const refused = pkcs11.CKR_USER_NOT_LOGGED_IN;
    expect([sign(session, key), sign(session, key, token.pin), sign(session, key)]).toEqual([refused, 0, refused]);
  });

  test('pulls the card and puts it back', () => {
    const session = openSession();
    fault.rules(['card absent']);
    expect(card.C_GetSlotList(true)).toHaveLength(0);
    expect(returnValue(() => card.C_GetSessionInfo(session))).toBe(pkcs11.CKR_DEVICE_REMOVED);
    fault.rules([]);
    expect(returnValue(() => card.C_GetSessionInfo(session))).toBe(pkcs11.CKR_SESSION_HANDLE_INVALID);
    expect(login(openSession(), token.pin)).toBe(0);
  });

  test('shows no slot without a reader', () => {
    fault.rules(['reader absent']);
    expect(card.C_GetSlotList(false)).toHaveLength(0);
  });

  test('refuses a PIN that does not come from the PIN pad', () => {
    fault.rules([`pinpad ${token.pin}`]);
    const session = openSession();
    expect(flags() & pkcs11.CKF_PROTECTED_AUTHENTICATION_PATH).not.toBe(0);
    expect(login(session, token.pin)).toBe(pkcs11.CKR_ARGUMENTS_BAD);
    expect(fault.calls('C_Login')).toEqual(['C_Login 0x7 user pin-given']);
  });

  test('shows the flags, manufacturer and model it is told', () => {
    fault.rules(['manufacturer Yubico (www.yubico.com)', 'model YubiKey YK5', 'tokenflags +0x2', 'tokenflags -0x4']);
    const info = card.C_GetTokenInfo(slot);
    expect([info.manufacturerID.trimEnd(), info.model.trimEnd(), info.flags & 6]).toEqual(['Yubico (www.yubico.com)', 'YubiKey YK5', 2]);
  });

  test('takes mechanisms away, by name and by number', async () => {
    const session = openSession();
    login(session, token.pin);
    const key = await generateKey(session);
    const all = card.C_GetMechanismList(slot);
    fault.rules(['nomechanism CKM_ECDSA', 'nomechanism 0x220']);
    expect(card.C_GetMechanismList(slot)).toEqual(all.filter((each) => each !== pkcs11.CKM_ECDSA && each !== pkcs11.CKM_SHA_1));
    expect(sign(session, key)).toBe(pkcs11.CKR_MECHANISM_INVALID);
    fault.rules([]);
    expect([card.C_GetMechanismList(slot), sign(session, key)]).toEqual([all, 0]);
  });

  test('ends the process at a call, as kill -9 does', () => {
    fault.rules(['kill C_OpenSession before=0']);
    const script = `
      const { PKCS11 } = require('pkcs11js'); const card = new PKCS11(); card.load(${JSON.stringify(fault.modulePath)});
      card.C_Initialize(); card.C_OpenSession(card.C_GetSlotList(true)[0], 4);`;
    expect(() => execFileSync(process.execPath, ['-e', script], { env: { ...process.env, ...fault.env } })).toThrow(
      expect.objectContaining({ signal: 'SIGKILL' }),
    );
    expect(fault.log().at(-1)).toBe('C_OpenSession 0x0 killed-after');
  });

  test('a delay holds the call and nothing else', async () => {
    const session = openSession();
    login(session, token.pin);
    fault.rules(['delay C_GenerateKeyPair 300']);
    const order: string[] = [];
    const key = generateKey(session).then(() => order.push('key'));
    card.C_GetSessionInfo(session);
    order.push('session info');
    await key;
    expect(order).toEqual(['session info', 'key']);
  });
});
