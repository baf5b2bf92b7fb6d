/** A pause on the main thread, for the short time that a reader needs. Must not import native code. */

/** Blocks the thread for so many milliseconds; no driver is called meanwhile. */
export function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
