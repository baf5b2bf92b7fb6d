/** The one error type of the program, and the table from its codes to exit codes. Imports nothing. */

/** Exit codes, as docs/exit-codes.md lists them. Codes above 128 are a signal's number plus 128, as a shell sees them. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  card: 3,
  refused: 4,
  pinWrong: 5,
  pinBlocked: 6,
  denied: 7,
  pending: 8,
  network: 9,
  busy: 10,
  interrupted: 130,
} as const;

/** Every error code the program can end with, and the exit code it ends with. */
export const ERROR_EXIT_CODES = {
  FAILED: EXIT.failed,
  INTERNAL: EXIT.failed,
  CERTIFICATE_REFUSED: EXIT.failed,
  ISSUER_UNKNOWN: EXIT.failed,
  STATE_UNREADABLE: EXIT.failed,
  FILE_UNREADABLE: EXIT.failed,
  PIN_CHANGE_UNKNOWN: EXIT.failed,

  USAGE: EXIT.usage,
  INPUT_REQUIRED: EXIT.usage,
  SECRET_ON_COMMAND_LINE: EXIT.usage,
  SECRET_FILE_UNSAFE: EXIT.usage,
  CONFIG_INVALID: EXIT.usage,
  PIN_CHANGE_REQUIRED: EXIT.usage,
  PIN_POLICY: EXIT.usage,
  PIN_UNCHANGED: EXIT.usage,
  CARD_AMBIGUOUS: EXIT.usage,
  REQUEST_NOT_FOUND: EXIT.usage,

  MODULE_NOT_FOUND: EXIT.card,
  MODULE_INVALID: EXIT.card,
  ADDON_MISSING: EXIT.card,
  DRIVER_FAILED: EXIT.card,
  DRIVER_TIMEOUT: EXIT.card,
  NO_READER: EXIT.card,
  NO_CARD: EXIT.card,
  CARD_NOT_FOUND: EXIT.card,
  CARD_REMOVED: EXIT.card,
  CARD_FAILED: EXIT.card,
  CARD_FULL: EXIT.card,
  CARD_READ_ONLY: EXIT.card,
  CARD_UNSUPPORTED: EXIT.card,
  CARD_UNINITIALIZED: EXIT.card,
  KEY_NOT_FOUND: EXIT.card,
  NO_CERTIFICATE: EXIT.card,
  KEY_MISMATCH: EXIT.card,
  NEEDS_SECURITY_OFFICER: EXIT.card,

  LOGON_REFUSED: EXIT.refused,
  LOGON_UNSUPPORTED: EXIT.refused,
  CERTIFICATE_EXPIRED: EXIT.refused,
  NOT_SIGNED_IN: EXIT.refused,
  SIGN_IN_REFUSED: EXIT.refused,
  NOT_ENABLED: EXIT.refused,
  ACCOUNT_DISABLED: EXIT.refused,
  CERTIFICATE_NOT_ACCEPTED: EXIT.refused,
  METHOD_NOT_OFFERED: EXIT.refused,
  TOKEN_EXPIRED: EXIT.refused,
  CLOCK_SKEW: EXIT.refused,
  CLIENT_CERTIFICATE_REFUSED: EXIT.refused,

  PIN_INCORRECT: EXIT.pinWrong,
  PUK_INCORRECT: EXIT.pinWrong,
  SO_PIN_INCORRECT: EXIT.pinWrong,
  PIN_LOCKED: EXIT.pinBlocked,
  PIN_FINAL_TRY: EXIT.pinBlocked,
  PUK_LOCKED: EXIT.pinBlocked,
  SO_PIN_LOCKED: EXIT.pinBlocked,

  CA_DENIED: EXIT.denied,

  NETWORK: EXIT.network,
  TIMEOUT: EXIT.network,
  TLS_UNTRUSTED: EXIT.network,
  SERVER_ERROR: EXIT.network,
  RESPONSE_TOO_LARGE: EXIT.network,
  REDIRECT_REFUSED: EXIT.network,
  DOMAIN_UNTRUSTED: EXIT.network,
  DISCOVERY_FAILED: EXIT.network,
  SUBMISSION_UNKNOWN: EXIT.network,

  BUSY: EXIT.busy,
  INTERRUPTED: EXIT.interrupted,
} as const;

export type ErrorCode = keyof typeof ERROR_EXIT_CODES;

/** What scripts may read beside the message; never a secret. */
export interface ErrorDetails {
  requestId?: string;
  /** HRESULT as the CA printed it, such as 0x80094800. */
  hresult?: string;
  /** Name of the PKCS#11 return value, such as CKR_DEVICE_REMOVED. */
  ckr?: string;
  /** State of the user PIN. */
  pinState?: string;
  /** State of the security officer's PIN. */
  soPinState?: string;
  /** Whether bytes of an HTTP request had left when a transfer failed: the server may have acted on it. */
  requestSent?: boolean;
  [name: string]: unknown;
}

export interface ErrorOptions {
  /** One command or one action that mends it. */
  hint?: string | undefined;
  details?: ErrorDetails;
  cause?: unknown;
}

/** An error the user is meant to see: `message` says what happened and names the thing, lower case, no full stop. */
export class LyncauthError extends Error {
  override readonly name = 'LyncauthError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }

  get exitCode(): number {
    return ERROR_EXIT_CODES[this.code];
  }
}

/** True when `error` is a LyncauthError with one of `codes` (any, when none is given). */
export function isLyncauthError(error: unknown, ...codes: ErrorCode[]): error is LyncauthError {
  return error instanceof LyncauthError && (codes.length === 0 || codes.includes(error.code));
}
