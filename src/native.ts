/** Loads the addon of native/ when it is first needed: the only file that does. */
import { createRequire } from 'node:module';
import { LyncauthError } from './errors.js';

/** The public half of a key pair whose private half only signs. All numbers big-endian. */
export type PublicKeyParts =
  | { type: 'RSA'; modulus: Uint8Array; publicExponent: Uint8Array }
  /** `point` uncompressed: 04, x, y (SEC 1 section 2.3.3). */
  | { type: 'EC'; group: 'P-256' | 'P-384' | 'P-521'; point: Uint8Array };

/** What OpenSSL wants signed: `data` before hashing. `digest` is OpenSSL's name of the hash, such as SHA256 or SHA2-256. */
export interface SignRequest {
  data: Buffer;
  digest: string;
  /** `none`: ECDSA. */
  padding: 'pkcs1' | 'pss' | 'none';
  /** Of PSS, bytes; 0 otherwise. The mask generation function uses the same hash as the signature. */
  saltLength: number;
}

/** The addon. Its functions throw a TypeError for an argument of the wrong kind. docs/card-tls.md explains it. */
export interface Native {
  /**
   * Makes a key known to the OpenSSL of this process under `id` (1 to 64 of a-z, 0-9); the first one registers the provider.
   * `sign` runs on the thread that called addKey, inside the TLS handshake. It returns an RSA signature as long as the modulus, or an ECDSA
   * signature in DER. What it throws is dropped and fails the handshake.
   *
   * @throws Error ERR_LYNCAUTH_DUPLICATE_KEY when `id` is taken, also by another thread; ERR_LYNCAUTH_PROVIDER when OpenSSL refuses
   */
  addKey(id: string, key: PublicKeyParts, sign: (request: SignRequest) => Uint8Array): void;
  /** Forgets a key of this thread; contexts that still hold it can no longer sign. False when it is unknown. */
  removeKey(id: string): boolean;
  /**
   * From now on a thread of its own waits: unless endCall() comes within `milliseconds`, it restores the terminal, writes the two texts
   * to standard output and standard error and ends the process with `exitCode`, although the main thread is blocked.
   *
   * @returns the number that endCall() wants; calls may overlap
   */
  beginCall(milliseconds: number, exitCode: number, stdout: Uint8Array, stderr: Uint8Array): number;
  endCall(call: number): void;
  /** From now on a crash of this process, or of one that it starts, leaves no core file with its memory in it. */
  refuseCoreFiles(): void;
}

/** How to get the addon where it is missing. */
export const BUILD_ADDON_HINT =
  'npm rebuild -g lyncauth --allow-scripts=lyncauth --foreground-scripts (in a checkout: npm run build:native)';

/** From src/ and from dist/, where it is bundled. */
const ADDON = '../native/build/Release/lyncauth.node';

let loaded: Native | undefined;

/** @throws LyncauthError ADDON_MISSING when the addon was not built, or not for this computer or this Node */
export function loadNative(): Native {
  loaded ??= load();
  return loaded;
}

function load(): Native {
  try {
    return createRequire(import.meta.filename)(ADDON) as Native;
  } catch (cause) {
    const { code, message } = cause instanceof Error ? (cause as NodeJS.ErrnoException) : { code: undefined, message: String(cause) };
    const reason = code === 'MODULE_NOT_FOUND' ? 'is not built' : `cannot be loaded: ${message.split('\n')[0]}`;
    throw new LyncauthError('ADDON_MISSING', `the addon that lets TLS use the card ${reason}`, {
      hint: BUILD_ADDON_HINT,
      cause,
    });
  }
}
