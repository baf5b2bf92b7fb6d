/** What every stack does in every cell of the contract, as it was measured: the tests expect it, docs/cards.md shows it. Data only. */
import type { CellId } from './cell.js';
import type { StackId } from './stack.js';

/** What the stack does, or how it refuses and why it can only do that. */
export type Expected = string | { cannot: string; because: string };

const YES = 'yes';

const NO_KEYS = {
  cannot: '`CKR_FUNCTION_NOT_SUPPORTED`',
  because: "OpenSC makes no keys and writes no certificates on PIV cards: ykcs11 or the driver of the card's maker does.",
};

function everywhere(does: string): Record<StackId, string> {
  return { softhsm: does, fault: does, tpm: does, 'p11-kit': does, 'piv-ykcs11': does, 'piv-opensc': does };
}

const SOFTHSM_LIST = 'software, `softhsm`, PIN of 4 to 255 bytes, ok';
const LOW = '5 `PIN_INCORRECT`, `CKR_PIN_INCORRECT`; the flags say low, after the right PIN ok';
const COUNTS = '2 wrong, then 6 `PIN_FINAL_TRY`; `C_Login`: `CKR_PIN_INCORRECT`, `CKR_PIN_LOCKED`; the right PIN: 6 `PIN_LOCKED`';
const ALWAYS_PIN = 'ECDSA, with the PIN each time';
const REMOVED = 'the session: `CKR_DEVICE_REMOVED`; put back, the same process: signs';

export const expected: Record<CellId, Record<StackId, Expected>> = {
  list: {
    ...everywhere(SOFTHSM_LIST),
    tpm: 'virtual, `tpm2-pkcs11`, PIN of 0 to 128 bytes, unknown',
    'piv-ykcs11': 'physical, `ykcs11`, PIN of 6 to 48 bytes, ok',
    'piv-opensc': 'physical, `opensc`, PIN of 4 to 8 bytes, ok',
  },
  select: {
    ...everywhere('by label, serial, URI'),
    tpm: {
      cannot: 'by label, URI; serial: `CARD_AMBIGUOUS`',
      because: 'every card in a TPM has the serial number 0000000000000000.',
    },
  },
  login: everywhere(YES),
  'wrong-pin': {
    ...everywhere(LOW),
    tpm: '5 `PIN_INCORRECT`, `CKR_PIN_INCORRECT`; the flags say unknown, after the right PIN unknown',
    'piv-opensc': '5 `PIN_INCORRECT`, `CKR_PIN_INCORRECT`; the flags say ok, after the right PIN ok',
  },
  'change-pin': everywhere(YES),
  'rsa-key': { ...everywhere(YES), 'piv-opensc': NO_KEYS },
  'rsa-sign': everywhere('PKCS #1, PSS'),
  'ec-key': { ...everywhere(YES), 'piv-opensc': NO_KEYS },
  'ec-sign': { ...everywhere('ECDSA'), 'piv-ykcs11': ALWAYS_PIN, 'piv-opensc': ALWAYS_PIN },
  install: { ...everywhere(YES), 'piv-opensc': NO_KEYS },
  find: everywhere(YES),
  'pull-out': {
    ...everywhere(REMOVED),
    softhsm: {
      cannot: 'the session: `CKR_OBJECT_HANDLE_INVALID`; put back, the same process: `CARD_NOT_FOUND`',
      because: 'SoftHSM looks for its cards when it is started: the next run finds them.',
    },
    tpm: {
      cannot: 'the session: `CKR_GENERAL_ERROR`; put back, the same process: `CKR_GENERAL_ERROR`',
      because: 'the driver keeps its broken connection to the TPM: the next run makes a new one.',
    },
    'piv-ykcs11': 'the session: `CKR_DEVICE_ERROR`; put back, the same process: signs',
  },
  'put-back': {
    softhsm: '3 `CARD_NOT_FOUND`; put back: works',
    fault: '3 `NO_CARD`; put back: works',
    tpm: '3 `DRIVER_FAILED`, `CKR_GENERAL_ERROR`; put back: works',
    'p11-kit': '3 `NO_READER`; put back: works',
    'piv-ykcs11': '3 `CARD_NOT_FOUND`; put back: works',
    'piv-opensc': '3 `CARD_NOT_FOUND`; put back: works',
  },
  enroll: {
    ...everywhere('issued, software'),
    tpm: 'issued, virtual',
    'piv-ykcs11': 'issued, physical',
    'piv-opensc': 'unchanged, physical',
  },
  'sign-in': everywhere('by `passive`'),
  replace: {
    ...everywhere(YES),
    'piv-opensc': { cannot: '3 `CARD_UNSUPPORTED`', because: NO_KEYS.because },
  },
  'lock-out': {
    ...everywhere(COUNTS),
    softhsm: {
      cannot: '5 times `CKR_PIN_INCORRECT`, then the right PIN: 0',
      because: 'SoftHSM never blocks a PIN.',
    },
    tpm: '3 wrong, then 6 `PIN_LOCKED`, `CKR_PIN_LOCKED`; `C_Login`: `CKR_PIN_LOCKED`; the right PIN: 6 `PIN_LOCKED`, `CKR_PIN_LOCKED`',
  },
  unblock: {
    ...everywhere('by SO PIN'),
    'piv-ykcs11': 'by PUK',
    'piv-opensc': 'by PUK',
    tpm: {
      cannot: '6 `SO_PIN_LOCKED`, `CKR_PIN_LOCKED`; when the tries are back: by SO PIN',
      because:
        'a TPM that is locked takes no PIN at all, whoever gives it. It forgets one wrong PIN after the other as time goes by; its owner can end the lock-out at once (`tpm2_dictionarylockout --clear-lockout`).',
    },
  },
};
