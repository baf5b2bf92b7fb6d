/** A loaded PKCS#11 module: from the path of a library to readers and sessions. Importing this file loads native code: see binding.ts. */
import { type Module, Slot } from 'graphene-pk11';
import { isLyncauthError, LyncauthError } from '../errors.js';
import type { Log } from '../log.js';
import { type Blocking, NativeCalls } from './calls.js';
import { CKF } from './cryptoki.js';
import { startArguments, startError } from './driver-start.js';
import { matchDriver } from './drivers/registry.js';
import { cardError, isCkr } from './errors.js';
import { loadLibrary } from './library.js';
import { pause } from './pause.js';
import { assertSameCard } from './same-card.js';
import { CardSession, type SessionMode } from './session.js';
import { unpadded } from './text.js';
import { driverOfToken, toTokenInfo } from './token-info.js';
import type { DriverProfile, Reader } from './types.js';
import type { WatchCall } from './watched-calls.js';

/** A card that another program resets as it ends is out of sight for some 30 ms. */
const SECOND_LOOK_MS = 100;

export interface LoadOptions {
  /** Runs every native call that blocks the thread; plain calls by default. */
  blocking?: Blocking;
  log?: Log | undefined;
  /** Watches every call of the driver, those in the background as well; nobody does by default. */
  watch?: WatchCall | undefined;
}

/** A loaded driver: to be closed, which closes its sessions too. */
export class CardModule {
  /** Absolute path of the library. */
  readonly path: string;
  readonly driver: DriverProfile;
  readonly #module: Module;
  readonly #calls: NativeCalls;
  readonly #watch: WatchCall | undefined;
  readonly #sessions = new Set<CardSession>();
  #closed = false;

  /** Use loadModule(). */
  constructor(parts: { path: string; driver: DriverProfile; module: Module; calls: NativeCalls; watch: WatchCall | undefined }) {
    this.path = parts.path;
    this.driver = parts.driver;
    this.#module = parts.module;
    this.#calls = parts.calls;
    this.#watch = parts.watch;
  }

  /** All readers, with the card in each. Asks the cards; for waiting use presentReaders(). Where no reader of cards has one it looks once more. */
  readers(): Reader[] {
    const look = () => this.#run('listing the readers', () => this.#slots().map((slot) => this.#reader(slot)));
    const seen = look();
    if (this.driver.kind !== 'physical' || seen.some(({ present }) => present)) return seen;
    pause(SECOND_LOOK_MS);
    return look();
  }

  /** Names of the readers that hold a card. Asks the readers only, not the cards, so it may be polled. */
  presentReaders(): string[] {
    return this.#run('looking for a card', () => this.#slots().flatMap((slot) => (isPresent(slot.flags) ? [this.#nameOf(slot)] : [])));
  }

  /**
   * Opens a session with the card in `reader`.
   * @throws NO_CARD when the reader is empty, CARD_REMOVED when it holds another card than when it was looked at
   */
  openSession(reader: Reader, mode: SessionMode): CardSession {
    if (!reader.present) throw new LyncauthError('NO_CARD', `there is no card in reader "${reader.name}"`, { hint: 'insert the card' });
    const flags = CKF.SERIAL_SESSION | (mode === 'read-write' ? CKF.RW_SESSION : 0);
    const session = this.#run('opening a session', () => {
      const token = this.#module.lib.C_GetTokenInfo(reader.slot);
      const slot = new Slot(reader.slot, this.#module, this.#module.lib);
      const driver = driverOfToken(token, this.driver);
      const card = toTokenInfo(token, this.driver);
      assertSameCard(reader.token ?? card, card);
      const driverByTraits = driver !== this.driver;
      const place = { reader, mode, driver, driverByTraits, card, modulePath: this.path, calls: this.#calls, watch: this.#watch };
      return new CardSession(slot.open(flags), place);
    });
    this.#sessions.add(session);
    return session;
  }

  /** Closes open sessions and finalises the module. Safe to call twice. With a call still running in the background it leaves both to the end of the process. */
  close(): void {
    if (this.#closed) return;
    for (const session of this.#sessions) session.close();
    this.#closed = true;
    if (this.#calls.pending) return;
    try {
      this.#calls.run('finalising the driver', () => this.#module.finalize());
    } catch {
      // nothing is left to do with a driver that cannot even end
    }
  }

  #run<T>(what: string, work: () => T): T {
    if (this.#closed) throw new LyncauthError('INTERNAL', 'the PKCS#11 module is closed');
    return this.#calls.run(what, work);
  }

  #slots() {
    try {
      const slots = this.#module.getSlots(false);
      return Array.from({ length: slots.length }, (_, index) => slots.items(index));
    } catch (error) {
      throw startError(cardError(error, 'listing the readers'), this.path, this.driver);
    }
  }

  /** A reader without a name is no device but something that the driver makes up, as tpm2-pkcs11 does for a token to come. */
  #nameOf({ slotDescription }: Slot): string {
    return unpadded(slotDescription) || this.driver.name;
  }

  #reader(slot: Slot): Reader {
    const reader: Reader = { slot: slot.handle, name: this.#nameOf(slot), present: isPresent(slot.flags) };
    if (!reader.present) return reader;
    try {
      return { ...reader, token: this.#calls.run('reading a card', (lib) => toTokenInfo(lib.C_GetTokenInfo(slot.handle), this.driver)) };
    } catch (error) {
      if (isCkr(error, 'CKR_TOKEN_NOT_RECOGNIZED')) return reader;
      if (isCkr(error, 'CKR_TOKEN_NOT_PRESENT', 'CKR_DEVICE_REMOVED', 'CKR_SLOT_ID_INVALID')) return { ...reader, present: false };
      // One broken card must not hide the others.
      if (isLyncauthError(error)) return { ...reader, error };
      throw error;
    }
  }
}

/**
 * Loads and initialises a PKCS#11 module with OS locking (PKCS#11 v2.40 section 5.4).
 * @param path of the library; relative paths start at the working directory
 * @throws MODULE_NOT_FOUND, MODULE_INVALID; DRIVER_FAILED when it does not initialise, or is in use in this process already
 */
export function loadModule(path: string, options: LoadOptions = {}): CardModule {
  const blocking = options.blocking ?? ((call) => call());
  const library = loadLibrary(path, options.watch);
  const calls = new NativeCalls(library.module.lib, blocking, options.log);
  const suspect = matchDriver({}, library.path);
  try {
    // graphene's own initialize() swallows CKR_CRYPTOKI_ALREADY_INITIALIZED
    calls.run('starting the driver', (lib) => lib.C_Initialize(startArguments(suspect)));
  } catch (error) {
    throw startError(error, library.path, suspect);
  }
  const info = calls.run('reading the driver', (lib) => lib.C_GetInfo());
  const driver = matchDriver({ manufacturer: info.manufacturerID, library: info.libraryDescription }, library.path);
  return new CardModule({ path: library.path, driver, module: library.module, calls, watch: options.watch });
}

function isPresent(flags: number): boolean {
  return (flags & CKF.TOKEN_PRESENT) !== 0;
}
