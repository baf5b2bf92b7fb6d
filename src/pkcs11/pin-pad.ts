/** A driver's calls with NULL for a PIN, which have the reader take it on its own keys. Through koffi, since pkcs11js cannot pass NULL. */
import { LyncauthError } from '../errors.js';

/**
 * Calls that return when the person is done at the reader (PKCS#11 v2.40 sections 5.5 and 5.6). Each answers a CKR_ number. The session is
 * that of pkcs11js: both have the same library loaded, once.
 */
export interface PinPad {
  C_InitPIN(session: Buffer): number;
  C_SetPIN(session: Buffer): number;
  C_Login(session: Buffer, userType: number): number;
}

type Koffi = typeof import('koffi')['default'];
type KoffiType = ReturnType<Koffi['proto']>;
type Call = (...args: unknown[]) => number | bigint;

/** CK_ULONG is C's, so 4 bytes long on Windows. */
const ULONG = 'unsigned long';
const POINTER = 'void *';

/**
 * The PIN pad behind a driver that is loaded and initialised.
 * @param modulePath - absolute, as the driver was loaded by it
 * @throws ADDON_MISSING when koffi is not installed or does not work here, DRIVER_FAILED when it cannot open the driver
 */
export async function openPinPad(modulePath: string): Promise<PinPad> {
  const koffi = await loadKoffi();
  const functions = functionsOf(koffi, modulePath);
  const handle = (session: Buffer) => koffi.decode(session, ULONG) as number | bigint;
  return {
    C_InitPIN: (session) => Number(functions().C_InitPIN(handle(session), null, 0)),
    C_SetPIN: (session) => Number(functions().C_SetPIN(handle(session), null, 0, null, 0)),
    C_Login: (session, userType) => Number(functions().C_Login(handle(session), userType, null, 0)),
  };
}

/** Reads them anew for each call, so that the library is held as long as they are. */
function functionsOf(koffi: Koffi, modulePath: string): () => Record<keyof PinPad, Call> {
  const calls = {
    C_InitPIN: koffi.proto(ULONG, [ULONG, POINTER, ULONG]),
    C_SetPIN: koffi.proto(ULONG, [ULONG, POINTER, ULONG, POINTER, ULONG]),
    C_Login: koffi.proto(ULONG, [ULONG, ULONG, POINTER, ULONG]),
  };
  const list = functionList(koffi);
  const getList = open(koffi, modulePath, list);
  return () => {
    const found: unknown[] = [null];
    const value = getList(found);
    if (Number(value) !== 0) throw new LyncauthError('DRIVER_FAILED', `the driver does not show its functions: ${modulePath}`);
    const pointers = koffi.decode(found[0], list) as Record<keyof PinPad, unknown>;
    const call = (name: keyof PinPad) => koffi.decode(pointers[name], calls[name]) as Call;
    return { C_InitPIN: call('C_InitPIN'), C_SetPIN: call('C_SetPIN'), C_Login: call('C_Login') };
  };
}

/** CK_FUNCTION_LIST up to C_Login (PKCS#11 v2.40 section 3.6). Structures have no gaps on Windows, and elsewhere those of C (section 2.1). */
function functionList(koffi: Koffi): KoffiType {
  const members = {
    version: koffi.array('uint8', 2),
    fromInitialize: koffi.array(POINTER, 10),
    C_InitPIN: POINTER,
    C_SetPIN: POINTER,
    fromOpenSession: koffi.array(POINTER, 6),
    C_Login: POINTER,
  };
  return process.platform === 'win32' ? koffi.pack(members) : koffi.struct(members);
}

function open(koffi: Koffi, modulePath: string, list: KoffiType): Call {
  try {
    const library = koffi.load(modulePath);
    return library.func('C_GetFunctionList', ULONG, [koffi.out(koffi.pointer(koffi.pointer(list)))]);
  } catch (error) {
    throw new LyncauthError('DRIVER_FAILED', `the PIN pad cannot be used: ${firstLine(error)}`, { cause: error });
  }
}

/** @throws ADDON_MISSING when it is not installed or does not work here */
export async function loadKoffi(): Promise<Koffi> {
  try {
    return (await import('koffi')).default;
  } catch (error) {
    const missing = /MODULE_NOT_FOUND$/.test((error as NodeJS.ErrnoException).code ?? '');
    const reason = missing ? 'is not installed' : `cannot be loaded: ${firstLine(error)}`;
    throw new LyncauthError('ADDON_MISSING', `koffi, which a reader with a PIN pad needs, ${reason}`, {
      hint: 'npm install -g koffi@3 (in a checkout: npm install)',
      cause: error,
    });
  }
}

function firstLine(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}
