/** The one way into the native module: hides signals and spinner from blocking calls, turns errors into LyncauthError, writes the trace. */
import type { PKCS11 } from 'pkcs11js';
import type { Log } from '../log.js';
import { cardError } from './errors.js';

/** Runs a call that blocks the thread. `says`: what a person sees meanwhile, where it may take long. */
export type Blocking = <T>(call: () => T, says?: string) => T;

/** Calls into one loaded module. */
export class NativeCalls {
  readonly #lib: PKCS11;
  readonly #blocking: Blocking;
  readonly #log: Log | undefined;
  #depth = 0;
  #pending = 0;

  constructor(lib: PKCS11, blocking: Blocking, log: Log | undefined) {
    this.#lib = lib;
    this.#blocking = blocking;
    this.#log = log;
  }

  /** True while an asynchronous call is on a thread of its own: the module must not be finalised then. */
  get pending(): boolean {
    return this.#pending > 0;
  }

  /**
   * Runs a call that blocks, or several: calls made inside `work` join it.
   * @param what noun phrase for trace and error: `login`
   * @param says what a person sees meanwhile: `the card is signing`
   * @throws LyncauthError as cardError() makes it
   */
  run<T>(what: string, work: (lib: PKCS11) => T, says?: string): T {
    this.#log?.trace(`card: ${what}`);
    if (says !== undefined) this.#log?.verbose(says);
    this.#depth += 1;
    try {
      return this.#depth > 1 ? work(this.#lib) : this.#blocking(() => work(this.#lib), says);
    } catch (error) {
      throw this.#failure(error, what);
    } finally {
      this.#depth -= 1;
    }
  }

  /** The same for a call that runs off the main thread. */
  async runAsync<T>(what: string, work: (lib: PKCS11) => Promise<T>): Promise<T> {
    this.#log?.trace(`card: ${what} (in the background)`);
    this.#pending += 1;
    try {
      return await work(this.#lib);
    } catch (error) {
      throw this.#failure(error, what);
    } finally {
      this.#pending -= 1;
    }
  }

  #failure(error: unknown, what: string) {
    const failure = cardError(error, what);
    this.#log?.trace(`card: ${what}: ${failure.code} ${failure.details.ckr ?? ''}`.trimEnd());
    return failure;
  }
}
