/** What is gathered about a computer, its drivers and its cards before anything is judged: types only. What comes from a probe has gone through JSON. */
import type { ErrorCode } from '../errors.js';
import type { DriverProfile, KeyEntry, TokenInfo } from '../pkcs11/types.js';

/** An error, told rather than thrown. */
export interface Trouble {
  code: ErrorCode;
  message: string;
  hint?: string | undefined;
}

export interface CertificateFacts {
  /** CKA_ID, hexadecimal. */
  keyId: string;
  label: string;
  /** Base64. */
  der: string;
}

export interface KeyFacts {
  /** CKA_ID, hexadecimal. */
  id: string;
  label: string;
  type: KeyEntry['type'];
  /** SubjectPublicKeyInfo, DER in base64; absent where the driver hides it. */
  publicKey?: string | undefined;
}

/** A card, seen without its PIN. The mark of an enrollment that the PIN is to be changed counts in its state. */
export interface CardFacts extends TokenInfo {
  unblock: DriverProfile['unblock'];
  certificates: CertificateFacts[];
  keys: KeyFacts[];
}

export interface ReaderFacts {
  name: string;
  present: boolean;
  /** Absent where the driver does not know the card, or cannot read it. */
  card?: CardFacts | undefined;
  trouble?: Trouble | undefined;
}

/** What is told of a driver's profile. */
export type ProfileFacts = Pick<DriverProfile, 'id' | 'name' | 'kind' | 'proxy'>;

/** What a driver shows. */
export interface DriverFacts {
  /** By what the driver says of itself. */
  profile: ProfileFacts;
  readers: ReaderFacts[];
  /** Why the card that was asked for is not among them. */
  notFound?: Trouble | undefined;
}

/** How the process of a probe ended. `call`: the last one that was made, C_GetSlotList. */
export type ProbeEnd =
  | { how: 'ended' }
  | { how: 'crashed'; signal: string; call?: string | undefined }
  | { how: 'hung'; seconds: number; call?: string | undefined }
  | { how: 'quit'; exitCode: number; call?: string | undefined };

export interface Probe<T> {
  /** Absent where the probe did not get that far. */
  facts?: T | undefined;
  trouble?: Trouble | undefined;
  end: ProbeEnd;
  /** What was printed meanwhile, by whatever was loaded: not for JSON, and not ours. */
  output: string;
}

export interface ProbedDriver extends Probe<DriverFacts> {
  /** Absolute path of the library. */
  path: string;
  /** The profile that the file's name fits; once it has said what it is, that one. */
  profile: ProfileFacts;
  /** Whether it is the one that the commands use. */
  used: boolean;
}

/** Undefined: it loads. */
export interface AddonFacts {
  cards?: Trouble | undefined;
  tls?: Trouble | undefined;
  pinPad?: Trouble | undefined;
}

/** `system`: part of the operating system. */
export type PcscState = 'running' | 'stopped' | 'forbidden' | 'missing' | 'system';

export interface PcscFacts {
  state: PcscState;
  /** Path of its socket. */
  socket: string;
}

/** An enrollment that was begun and not ended. */
export interface OpenEnrollment {
  step: string;
  requestId?: string | undefined;
  /** CKA_ID, hexadecimal. */
  keyId?: string | undefined;
  ca: string;
  upn?: string | undefined;
  card: { label: string; serial: string };
}

export interface Facts {
  now: Date;
  /** Version of Node, without v. */
  node: string;
  platform: NodeJS.Platform;
  arch: string;
  /** Whether systemd runs the services here. */
  systemd: boolean;
  /** /etc/os-release, empty elsewhere. */
  osRelease: string;
  addons: Probe<AddonFacts>;
  pcsc: PcscFacts;
  drivers: ProbedDriver[];
  /** Why there is no driver for the commands to use. */
  noDriver?: Trouble | undefined;
  /** Id of the profile of the driver that was asked for by name. */
  wantedDriver?: string | undefined;
  /** How often unattended runs had a card refuse its PIN since it took one; by what cardKey() makes of the card. */
  wrongPins: Readonly<Record<string, number>>;
  enrollments: OpenEnrollment[];
  /** Files of the program that cannot be used. */
  unreadable: Trouble[];
}

/** What a check says about one thing. */
export interface Finding {
  status: 'ok' | 'warn' | 'fail';
  /** Which of several: `card "Kim"`. */
  about?: string | undefined;
  detail: string;
  /** Why it matters. */
  why?: string | undefined;
  /** One command or one action that mends it. */
  fix?: string | undefined;
  /** Path of the driver it is about. */
  module?: string | undefined;
  card?: { label: string; serial: string } | undefined;
}

/** Judges; it gathers nothing. A check with nothing to say about this computer returns no finding. */
export interface Check {
  id: string;
  title: string;
  run(facts: Facts): Finding[];
}
