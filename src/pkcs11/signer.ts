/** The one thing that leaves the card layer: a Signer over a key on the card. Must not import native code. */
import type { PKCS11 } from 'pkcs11js';
import { LyncauthError } from '../errors.js';
import type { SignatureScheme, Signer } from '../signer.js';
import { logInForSignature } from './context-login.js';
import { CKM } from './cryptoki.js';
import { ecdsaSignatureToDer } from './ecdsa.js';
import { isCkr } from './errors.js';
import type { PinEntry } from './pin-entry.js';
import { type SigningKey, signingKey } from './public-key.js';
import type { CardSession } from './session.js';
import { type SignatureInput, signatureInput, supportsKind } from './signature-input.js';
import type { KeyEntry } from './types.js';

/** Hands the PIN to `logIn`, once, and lets through what that throws. */
export type ContextPin = (logIn: (pin: PinEntry) => void) => void;

export interface SignerOptions {
  /** Called for each signature of a key that wants the PIN for it (CKA_ALWAYS_AUTHENTICATE). */
  contextPin?: ContextPin;
}

// an RSA-4096 signature has 512 bytes
const SIGNATURE_ROOM = 1024;

/**
 * A Signer over `key`. The session must be logged in and stay open while the signer is used; a PIN that is refused for a signature ends
 * the login, and with it the use of this signer.
 * @throws KEY_NOT_FOUND when the session sees no such private key, CARD_UNSUPPORTED when the driver hides its public key or it is of an unknown kind
 */
export function createSigner(session: CardSession, key: KeyEntry, options: SignerOptions = {}): Signer {
  const { publicKey, privateHandle } = key;
  if (publicKey === undefined) throw new LyncauthError('CARD_UNSUPPORTED', `the driver does not show the public key of ${describe(key)}`);
  if (privateHandle === undefined) throw new LyncauthError('KEY_NOT_FOUND', `there is no private key for ${describe(key)} on the card`);
  const kind = signingKey(publicKey);
  if (kind === undefined) throw new LyncauthError('CARD_UNSUPPORTED', `${describe(key)} is of a kind that cannot sign here`);
  let listed: Set<number> | undefined;
  const mechanisms = () => {
    listed ??= new Set(session.mechanisms());
    return listed;
  };
  const operation: Operation = { session, key, kind, privateKey: privateHandle, contextPin: options.contextPin, mechanisms };
  return {
    publicKey,
    supports: (scheme) => supportsKind(scheme, kind, mechanisms),
    sign: (data, scheme) =>
      session.exclusive(async () => {
        for (let attempt = firstAttempt(operation, data, scheme); ; ) {
          try {
            return finish(await signAsync(operation, attempt), scheme);
          } catch (error) {
            attempt = nextAttempt(operation, attempt, error);
          }
        }
      }),
    signSync: (data, scheme) => {
      for (let attempt = firstAttempt(operation, data, scheme); ; ) {
        try {
          return finish(signNow(operation, attempt), scheme);
        } catch (error) {
          attempt = nextAttempt(operation, attempt, error);
        }
      }
    },
  };
}

interface Operation {
  session: CardSession;
  key: KeyEntry;
  kind: SigningKey;
  privateKey: Buffer;
  contextPin: ContextPin | undefined;
  /** A PIN that the card has refused. */
  refused?: PinEntry;
  /** What the card lists, less what it turned out not to do. The driver is asked once. */
  mechanisms: () => Set<number>;
}

interface Attempt extends SignatureInput {
  withPin: boolean;
  /** Chooses mechanism and input anew. */
  prepare: () => SignatureInput;
}

function firstAttempt({ key, kind, mechanisms }: Operation, data: Uint8Array, scheme: SignatureScheme): Attempt {
  const prepare = () => signatureInput(data, scheme, kind, mechanisms);
  return { ...prepare(), withPin: key.alwaysAuthenticate, prepare };
}

/** What to do after `error`: some drivers want the PIN again without saying so in the key's attributes, some list PSS and refuse it. @throws `error` itself */
function nextAttempt({ contextPin: ask, mechanisms }: Operation, tried: Attempt, error: unknown): Attempt {
  if (!tried.withPin && ask !== undefined && isCkr(error, 'CKR_USER_NOT_LOGGED_IN')) return { ...tried, withPin: true };
  const isPss = tried.mechanism.mechanism === CKM.RSA_PKCS_PSS;
  if (!isPss || !isCkr(error, 'CKR_MECHANISM_INVALID', 'CKR_MECHANISM_PARAM_INVALID')) throw error;
  mechanisms().delete(CKM.RSA_PKCS_PSS);
  if (!mechanisms().has(CKM.RSA_X_509)) throw error;
  return { ...tried, ...tried.prepare() };
}

async function signAsync(operation: Operation, { mechanism, input, withPin }: Attempt): Promise<Buffer> {
  begin(operation, mechanism, withPin);
  const output = Buffer.alloc(SIGNATURE_ROOM);
  return operation.session.runAsync('signing', [input, output], (lib, handle) => lib.C_SignAsync(handle, input, output));
}

function signNow(operation: Operation, { mechanism, input, withPin }: Attempt): Buffer {
  const sign = (lib: PKCS11, handle: Buffer) => {
    begin(operation, mechanism, withPin);
    return lib.C_Sign(handle, input, Buffer.alloc(SIGNATURE_ROOM));
  };
  return operation.session.run('signing', sign, 'the card is signing');
}

function begin(operation: Operation, mechanism: SignatureInput['mechanism'], withPin: boolean): void {
  const { session, privateKey, contextPin: ask, key } = operation;
  const start = () => session.run('signing', (lib, handle) => lib.C_SignInit(handle, mechanism, privateKey));
  function logInWith(pin: PinEntry): void {
    try {
      logInForSignature(session, pin, start, operation.refused);
    } catch (error) {
      if (isCkr(error, 'CKR_PIN_INCORRECT')) operation.refused = pin;
      throw error;
    }
  }
  if (!withPin) start();
  else if (ask !== undefined) ask(logInWith);
  else
    throw new LyncauthError('INPUT_REQUIRED', `${describe(key)} wants the PIN for each signature`, {
      hint: 'give the PIN with --pin-file',
    });
}

function finish(signature: Buffer, scheme: SignatureScheme): Buffer {
  return scheme.kind === 'ecdsa' ? ecdsaSignatureToDer(signature) : signature;
}

function describe(key: KeyEntry): string {
  return `key ${key.id.toString('hex')}`;
}
