/** What the card layer tells others: plain types. Must not import native code. */
import type { LyncauthError } from '../errors.js';

/** Key types that lyncauth can make. */
export type KeyType = 'rsa2048' | 'rsa3072' | 'rsa4096' | 'p256' | 'p384';

/** What a token's flags say about its user PIN; `unknown` where the driver never sets them. */
export type PinState = 'ok' | 'low' | 'final' | 'locked' | 'must-change' | 'unset' | 'unknown';

/** Where the keys of a card live: a card or USB token, a TPM, or files. */
export type TokenKind = 'physical' | 'virtual' | 'software';

export interface TokenInfo {
  label: string;
  serial: string;
  model: string;
  manufacturer: string;
  /** Id of the driver profile in use. */
  driver: string;
  kind: TokenKind;
  /** Lengths in bytes of the UTF-8 form. */
  pin: { state: PinState; min: number; max: number };
  /** Whether the card asks for a change of the user PIN (CKF_USER_PIN_TO_BE_CHANGED), also where its state is a graver one. */
  pinToBeChanged: boolean;
  /** What the flags say about the security officer's PIN. */
  soPin: PinState;
  initialized: boolean;
  /** The reader takes the PIN on its own keys (CKF_PROTECTED_AUTHENTICATION_PATH). */
  pinPad: boolean;
  loginRequired: boolean;
}

export interface Reader {
  /** Slot handle of this process: opaque, never stored, never shown. */
  slot: Buffer;
  name: string;
  present: boolean;
  /** Absent when the reader is empty, or holds a card that the driver does not recognise or cannot read. */
  token?: TokenInfo;
  /** Why the driver cannot read the card. */
  error?: LyncauthError;
}

/** A key pair, or what the driver shows of it. */
export interface KeyEntry {
  id: Buffer;
  label: string;
  type: KeyType | 'other';
  /** SubjectPublicKeyInfo, DER; absent where the driver hides it. */
  publicKey?: Buffer;
  /** Every signature wants its own PIN (CKA_ALWAYS_AUTHENTICATE). */
  alwaysAuthenticate: boolean;
  canDecrypt: boolean;
  hasPrivate: boolean;
  hasPublic: boolean;
  /** Object handle of the private key in the session that listed or made it: opaque. */
  privateHandle?: Buffer;
}

export interface CertificateEntry {
  id: Buffer;
  label: string;
  der: Buffer;
  /** Object handle of this session: opaque. */
  handle: Buffer;
}

/** A place for one key and its certificate. */
export interface KeySlot {
  /** CKA_ID, hexadecimal. */
  id: string;
  /** What the card's maker calls it. */
  name: string;
}

/** What is known about one PKCS#11 driver: data only. */
export interface DriverProfile {
  /** The name for `--driver`. */
  id: string;
  /** For people: `OpenSC`. */
  name: string;
  /** Words found on a card's label or packaging, lower case. */
  manufacturers: readonly string[];
  /** Where its module is installed, most usual first. */
  paths: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>>;
  /** Each is looked for in the field of that name (case-insensitive); the first profile with any hit is taken. */
  match: {
    readonly path?: RegExp;
    /** Library manufacturer or token manufacturer (CK_INFO, CK_TOKEN_INFO). */
    readonly manufacturer?: RegExp;
    readonly library?: RegExp;
    readonly model?: RegExp;
  };
  kind: TokenKind;
  /** It passes on what other drivers show: each card is judged by what it says itself. */
  proxy?: true;
  /** Comes with other programs on most computers, or works only when it was set up: never taken unless it is asked for. */
  onlyWhenNamed?: true;
  /** Who must be logged in to make keys and write certificates. */
  createAs: 'user' | 'so';
  /** The driver ties CKA_ID to fixed key slots. */
  fixedIds: boolean;
  /** With `fixedIds`, the slots that a key can be made in, the usual one first: a new key takes the place of the one that is there. */
  keySlots?: readonly KeySlot[];
  /** The driver names objects itself. */
  fixedLabels: boolean;
  /** How far CKF_USER_PIN_* can be believed. */
  pinFlags: 'exact' | 'low-only' | 'none';
  /** What is locked is the whole TPM: wrong PINs of all its tokens count together, and after some time it takes PINs again. Elsewhere each PIN is blocked for good. */
  lockOut?: 'timed';
  /** How a blocked PIN is unblocked. */
  unblock: 'so-initpin' | 'setpin-puk' | 'setpin-prefixed' | 'none';
  /** What the driver takes as the PIN of the security officer, where that is something else: for people. */
  soPinIs?: string;
  /** It says CKR_PIN_INCORRECT of a login of the security officer that fails since the card was pulled out. */
  blamesSoPin?: boolean;
  /** Cards that it only reads, by the manufacturer of CK_TOKEN_INFO; `writers` says what writes to them. */
  readsOnly?: { readonly manufacturer: RegExp; readonly writers: string };
  /** Attributes of a private key template that this driver refuses. */
  omitFromPrivateKey: readonly ('extractable' | 'unwrap')[];
  /** Whether it takes data objects (CKO_DATA) that are visible before login; where nobody knows, it is worth a try. */
  storesData: boolean;
  /** The longest certificate it stores, in bytes. */
  maxCertificateBytes?: number;
  /** Said as a hint only, never tried. */
  defaultPinHint?: string;
  publishedDefaultPins: readonly string[];
  /**
   * C_Initialize hands over a text of library parameters (a vendor's extension of CK_C_INITIALIZE_ARGS): the value of this environment variable, where it
   * has this form. The library dies of others.
   */
  parameters?: { readonly variable: string; readonly form: RegExp };
  /** What to do when C_Initialize fails, or the readers cannot be listed. */
  initializeHint?: string;
}
