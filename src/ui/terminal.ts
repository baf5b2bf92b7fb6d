/** The controlling terminal: questions go there whatever stdin and stdout are. It is open only while a question is asked. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isatty, ReadStream, WriteStream } from 'node:tty';
import { endingOnSignal } from './signals.js';
import { useColor } from './streams.js';

export interface TerminalStreams {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Aborted when the terminal has no more to say: Ctrl-D on an empty line, or the terminal is gone. */
  readonly ended: AbortSignal;
}

export interface Terminal {
  /**
   * Opens the terminal for one question. However `ask` ends, also by SIGINT, SIGTERM or SIGHUP, the terminal is left as it was found,
   * and closed, so that it keeps no process alive.
   * @param fresh - what was typed before the question is not an answer to it: it is thrown away
   */
  use<T>(ask: (streams: TerminalStreams) => Promise<T>, options?: { fresh: boolean }): Promise<T>;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Flags = { color?: boolean | undefined };

interface Device {
  input: ReadStream;
  output: WriteStream;
  outputDescriptor: number;
  close(): void;
}

const WINDOWS = process.platform === 'win32';
const INPUT = WINDOWS ? '\\\\.\\CONIN$' : '/dev/tty';
const OUTPUT = WINDOWS ? '\\\\.\\CONOUT$' : '/dev/tty';
const ESC = '\u001b';
const SHOW_CURSOR = `${ESC}[?25h`;
const COLOR = new RegExp(`${ESC}\\[[\\d;]*m`, 'g');
const FALLBACK = { columns: 80, rows: 24 };
const ENDINGS = ['pause', 'end', 'error', 'close'];

/**
 * @param env NO_COLOR and TERM decide about colour
 * @returns undefined when there is nobody to ask
 */
export function openTerminal(env: Environment, flags: Flags = {}): Terminal | undefined {
  const open = findDevice();
  if (open === undefined) return undefined;
  return {
    use: (ask, { fresh } = { fresh: false }) => {
      const device = open();
      return useDevice(device, env, flags, async (streams) => {
        if (fresh) await discardTyped(device.input);
        return await ask(streams);
      });
    },
  };
}

/** How to open the terminal: the controlling one; where there is none (su -c takes it away), stdin and stderr if both are a terminal. */
function findDevice(): (() => Device) | undefined {
  try {
    closeSync(openSync(INPUT, 'r+'));
    return openControllingTerminal;
  } catch {
    return isatty(0) && isatty(2) ? borrowStandardStreams : undefined;
  }
}

function openControllingTerminal(): Device {
  const outputDescriptor = openSync(OUTPUT, 'r+');
  const input = new ReadStream(openSync(INPUT, 'r+'));
  const output = new WriteStream(outputDescriptor);
  const close = (): void => {
    input.destroy();
    output.destroy();
  };
  return { input, output, outputDescriptor, close };
}

function borrowStandardStreams(): Device {
  const { stdin: input, stderr: output } = process;
  return { input, output, outputDescriptor: 2, close: () => input.pause() };
}

async function useDevice<T>(device: Device, env: Environment, flags: Flags, ask: (streams: TerminalStreams) => Promise<T>): Promise<T> {
  const { input, output } = device;
  const ended = new AbortController();
  const end = (): void => ended.abort();
  // readline pauses its input when Ctrl-D closes it, and says so in no other way.
  for (const event of ENDINGS) input.on(event, end);
  output.on('error', end);
  const screen = sized(output, useColor(output, env, flags));
  screen.on('error', end);
  try {
    return await endingOnSignal(
      () => restore(device),
      () => ask({ input, output: screen, ended: ended.signal }),
    );
  } finally {
    await flush(screen);
    input.setRawMode(false);
    device.close();
    // A stream that fails after it was closed must still find somebody who listens.
    for (const event of ENDINGS) if (event !== 'error') input.off(event, end);
  }
}

/**
 * Throws away what was typed before, lines and beginnings of lines, and shows nothing of what is typed from now on. The input then flows
 * without a listener: until somebody listens to it, nothing is kept either.
 */
async function discardTyped(input: ReadStream): Promise<void> {
  let heard = false;
  const hear = (): void => {
    heard = true;
  };
  // A terminal gives the beginning of a line only when it is raw.
  input.setRawMode(true);
  input.on('data', hear);
  do {
    heard = false;
    // What waits is delivered at the latest in the second turn of the event loop: the first may be half over.
    await nextTurn();
    await nextTurn();
  } while (heard);
  input.off('data', hear);
}

/** What is still on its way would find the terminal closed. */
function flush(screen: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (screen.closed) return resolve();
    screen.once('close', resolve);
    screen.end();
  });
}

/** For a process that ends now: what is written must not wait for the event loop. */
function restore(device: Device): void {
  device.input.setRawMode(false);
  try {
    writeSync(device.outputDescriptor, `${SHOW_CURSOR}\r\n`);
  } catch {
    // The terminal is gone; so is what there was to restore.
  }
}

/** The terminal with a size that prompts can calculate with (a pty may have 0 columns), and without colour unless wanted. */
function sized(output: WriteStream, color: boolean): Writable {
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => {
      const text = chunk.toString();
      output.write(color ? text : text.replace(COLOR, ''), (error) => done(error));
    },
  });
  return Object.defineProperties(stream, {
    isTTY: { value: true },
    columns: { get: () => output.columns || FALLBACK.columns },
    rows: { get: () => output.rows || FALLBACK.rows },
  });
}
