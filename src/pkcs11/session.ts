/** One session with one card: objects, attributes, and one operation at a time. Opened by CardModule, closed by whoever opened it. */
import type { Session } from 'graphene-pk11';
import type { PKCS11 } from 'pkcs11js';
import { LyncauthError } from '../errors.js';
import { type Attribute, checkedTemplate, type Template } from './attributes.js';
import type { NativeCalls } from './calls.js';
import { isCkr } from './errors.js';
import { allFound } from './found-objects.js';
import { unlessRemoved } from './removed-card.js';
import { assertSameCard, type CardName, ofCard } from './same-card.js';
import { toTokenInfo } from './token-info.js';
import type { DriverProfile, Reader, TokenInfo } from './types.js';
import type { WatchCall } from './watched-calls.js';

export type SessionMode = 'read-only' | 'read-write';

type Place = Pick<CardSession, 'reader' | 'mode' | 'driver' | 'driverByTraits' | 'modulePath' | 'watch' | 'card'> & { calls: NativeCalls };

/** A session with one card: what is done with the card goes through it. To be closed. */
export class CardSession {
  readonly reader: Reader;
  readonly mode: SessionMode;
  /** The profile of this card's driver. */
  readonly driver: DriverProfile;
  /** Whether that profile is known by what the card says alone: the module itself is another's, or nobody's. */
  readonly driverByTraits: boolean;
  /** The card that this session is with. */
  readonly card: CardName;
  /** Absolute path of the driver's library. */
  readonly modulePath: string;
  /** To be told of calls that do not go through pkcs11js. */
  readonly watch: WatchCall | undefined;
  readonly #session: Session;
  readonly #calls: NativeCalls;
  #queue: Promise<unknown> = Promise.resolve();
  /** Set while a call runs in the background. */
  #held: readonly unknown[] | undefined;
  #closed = false;

  constructor(session: Session, place: Place) {
    this.#session = session;
    this.reader = place.reader;
    this.mode = place.mode;
    this.driver = place.driver;
    this.driverByTraits = place.driverByTraits;
    this.card = place.card;
    this.modulePath = place.modulePath;
    this.watch = place.watch;
    this.#calls = place.calls;
  }

  /** Label, flags and PIN lengths as they are now. @throws CARD_REMOVED when another card is in the reader: some drivers go on with it in the session */
  tokenInfo(): TokenInfo {
    const read = (lib: PKCS11) => toTokenInfo(lib.C_GetTokenInfo(this.reader.slot), this.driver);
    return assertSameCard(
      this.card,
      ofCard(() => this.#calls.run('reading the card', read)),
    );
  }

  /** The mechanisms that the card lists (CKM_ numbers). */
  mechanisms(): ReadonlySet<number> {
    return new Set(ofCard(() => this.#calls.run('reading the mechanisms', (lib) => lib.C_GetMechanismList(this.reader.slot))));
  }

  /**
   * Runs blocking calls on this session.
   * @param says what a person sees meanwhile
   * @throws INTERNAL when the session is closed, or busy in the background
   */
  run<T>(what: string, work: (lib: PKCS11, handle: Buffer) => T, says?: string): T {
    this.#assertFree();
    try {
      return this.#calls.run(what, (lib) => work(lib, this.#session.handle), says);
    } catch (error) {
      throw unlessRemoved(error, what, this, this.#calls);
    }
  }

  /**
   * Runs one asynchronous call on this session; only inside exclusive().
   * @param held what the call reads and fills: another thread uses their memory, so they must not be collected before it is done
   */
  async runAsync<T>(what: string, held: readonly unknown[], work: (lib: PKCS11, handle: Buffer) => Promise<T>): Promise<T> {
    this.#assertFree();
    this.#held = held;
    try {
      return await this.#calls.runAsync(what, (lib) => work(lib, this.#session.handle));
    } catch (error) {
      throw unlessRemoved(error, what, this, this.#calls);
    } finally {
      this.#held = undefined;
    }
  }

  /** Runs `work` after all earlier exclusive work: a session knows one cryptographic operation at a time (CKR_OPERATION_ACTIVE). */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  /** Handles of all objects that match; empty when there is none. */
  find(template: Template): Buffer[] {
    const checked = checkedTemplate(template);
    return this.run('finding objects', (lib, handle) => {
      lib.C_FindObjectsInit(handle, checked);
      try {
        return allFound(lib, handle);
      } finally {
        quietly(() => lib.C_FindObjectsFinal(handle));
      }
    });
  }

  /** One attribute; undefined when the object has none or hides it. Read singly: one hidden attribute fails a whole list. */
  attribute(object: Buffer, type: number): Buffer | undefined {
    try {
      const [found] = this.run('reading an attribute', (lib, handle) => lib.C_GetAttributeValue(handle, object, [{ type }]));
      return Buffer.isBuffer(found?.value) ? found.value : undefined;
    } catch (error) {
      if (isCkr(error, 'CKR_ATTRIBUTE_TYPE_INVALID', 'CKR_ATTRIBUTE_SENSITIVE', 'CKR_ATTRIBUTE_VALUE_INVALID')) return undefined;
      throw error;
    }
  }

  /** Creates an object. */
  create(what: string, template: Template): Buffer {
    const checked: Attribute[] = checkedTemplate(template);
    this.tokenInfo();
    return this.run(what, (lib, handle) => lib.C_CreateObject(handle, checked));
  }

  /** Destroys an object; false when it was gone already. */
  destroy(what: string, object: Buffer): boolean {
    this.tokenInfo();
    try {
      this.run(what, (lib, handle) => lib.C_DestroyObject(handle, object));
      return true;
    } catch (error) {
      if (isCkr(error, 'CKR_OBJECT_HANDLE_INVALID')) return false;
      throw error;
    }
  }

  /** Closes the session. Safe to call twice, and after the card is gone; a call in the background is left to end with the process. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#held === undefined) quietly(() => this.#calls.run('closing the session', () => this.#session.close()));
  }

  #assertFree(): void {
    if (this.#closed) throw new LyncauthError('INTERNAL', 'the card session is closed');
    if (this.#held !== undefined) throw new LyncauthError('INTERNAL', 'the card session is busy with another operation');
  }
}

function quietly(call: () => void): void {
  try {
    call();
  } catch {
    // the session is gone already, with the card
  }
}
