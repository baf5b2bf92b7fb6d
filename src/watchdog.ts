/** Limits how long one call of the card's driver may take, and how long a look-up of a name may hold up the end. The waiting itself is native
 * (native/watchdog.c): a blocked thread runs no timer. */
import { isLyncauthError, LyncauthError } from './errors.js';
import { loadNative, type Native } from './native.js';
import { ON_PIN_PAD, type WatchCall } from './pkcs11/watched-calls.js';

export interface WatchdogOptions {
  /** --timeout: the limit of every call. */
  seconds?: number | undefined;
  /** What is printed when a call takes too long. */
  render: (error: LyncauthError) => { stdout: string; stderr: string };
  /** Comes before what goes to standard error: clears a line on which a spinner may stand. */
  prefix?: string;
  /** That of DRIVER_TIMEOUT unless given. */
  exitCode?: number;
}

/** Watches the driver of one run. */
export interface DriverWatch {
  /** Undefined where nobody can watch, because the addon is missing. */
  watch: WatchCall | undefined;
  /** What -v says of the driver's calls. */
  limits: string;
  /**
   * From now on the result is printed and `exitCode` settled. A driver that then hangs at its own end is no failure of the command:
   * nothing more goes to standard output, a warning to standard error, and the process ends with `exitCode`.
   */
  resultPrinted(exitCode: number): void;
}

const CALL_SECONDS = 60;
/** A card may search for primes for minutes, and a person for the PIN. */
const SLOW_CALL_SECONDS = 300;

/** Loads the addon, if there is one, and watches with it. */
export function watchDriver(options: WatchdogOptions, load: () => Native = loadNative): DriverWatch {
  const { seconds } = options;
  let native: Native;
  try {
    native = load();
  } catch (error) {
    if (!isLyncauthError(error, 'ADDON_MISSING')) throw error;
    return { watch: undefined, limits: `its calls have no time limit: ${error.message}`, resultPrinted: () => {} };
  }
  // what the driver is given, it may take into a crash
  native.refuseCoreFiles();
  let watch = createWatchdog(native, options);
  const open = new Set<{ call: string; end: () => void }>();
  return {
    watch: (call) => {
      const opened = { call, end: watch(call) };
      open.add(opened);
      return () => {
        open.delete(opened);
        opened.end();
      };
    },
    limits: `its calls may take ${seconds === undefined ? `${CALL_SECONDS} seconds, key generation and a PIN pad ${SLOW_CALL_SECONDS}` : inSeconds(seconds)}`,
    resultPrinted(exitCode) {
      watch = createWatchdog(native, { seconds, exitCode, render: ({ message }) => ({ stdout: '', stderr: `warning: ${message}\n` }) });
      // One that is still in the background must not add a second result either.
      for (const opened of open) {
        opened.end();
        opened.end = watch(opened.call);
      }
    },
  };
}

/**
 * Ends the process with `exitCode` although names are still being looked up, which takes minutes where nobody answers: nothing can call that off,
 * and Node waits for it even when it is told to exit. Call it when all is said and closed. Without the addon the process ends when the look-ups do.
 */
export function endDespiteLookups(exitCode: number, load: () => Native = loadNative): void {
  if (!process.getActiveResourcesInfo().includes('GetAddrInfoReqWrap')) return;
  const nothing = Buffer.alloc(0);
  try {
    load().beginCall(1, exitCode, nothing, nothing);
  } catch (error) {
    if (!isLyncauthError(error, 'ADDON_MISSING')) throw error;
  }
}

/** @returns what watches calls: one that is not over in time ends the process with the error DRIVER_TIMEOUT */
export function createWatchdog(native: Native, options: WatchdogOptions): WatchCall {
  const { seconds, render, prefix = '', exitCode } = options;
  const ends = new Map<string, Parameters<Native['beginCall']>>();

  function endOf(call: string): Parameters<Native['beginCall']> {
    const limit = seconds ?? (isSlow(call) ? SLOW_CALL_SECONDS : CALL_SECONDS);
    const error = timeoutError(call, limit);
    const { stdout, stderr } = render(error);
    return [limit * 1000, exitCode ?? error.exitCode, Buffer.from(stdout), Buffer.from(stderr === '' ? '' : prefix + stderr)];
  }

  return (call) => {
    // Rendered before the call, since nothing can be while it blocks; once for each name, since a command makes hundreds of calls.
    const end = ends.get(call) ?? endOf(call);
    ends.set(call, end);
    const number = native.beginCall(...end);
    return () => native.endCall(number);
  };
}

function isSlow(call: string): boolean {
  return call === 'C_GenerateKeyPair' || call.endsWith(ON_PIN_PAD);
}

function timeoutError(call: string, seconds: number): LyncauthError {
  const setsPin = /^C_(Set|Init)PIN/.test(call);
  const unknown = setsPin ? ', and it is unknown whether the card changed its PIN' : '';
  return new LyncauthError('DRIVER_TIMEOUT', `the driver did not return from ${call} within ${inSeconds(seconds)}${unknown}`, {
    hint: setsPin
      ? 'take the card out and put it back, and try the new PIN before the old one'
      : 'take the card out and put it back, or allow more time with --timeout SECONDS',
    details: { call, seconds },
  });
}

function inSeconds(seconds: number): string {
  return `${seconds} second${seconds === 1 ? '' : 's'}`;
}
