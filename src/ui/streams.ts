/** What a stream can show, and text made safe to show on it. Writes nothing. */
import { stripVTControlCharacters } from 'node:util';

/** The part of process.stdout, process.stderr or a tty stream that is looked at. */
export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether a person looks at `stream`. */
export function isTerminal(stream: { readonly isTTY?: boolean | undefined }): boolean {
  return stream.isTTY === true;
}

/** Whether `stream` can redraw a line: a spinner on a terminal of 0 columns would never end. */
export function canAnimate(stream: OutputStream, env: Environment): boolean {
  return isTerminal(stream) && (stream.columns ?? 0) > 0 && env.TERM !== 'dumb';
}

/**
 * Whether `stream` gets colour (https://no-color.org: any NO_COLOR that is not empty means no).
 *
 * @param flags `color: false` is --no-color
 */
export function useColor(stream: OutputStream, env: Environment, flags: { color?: boolean | undefined } = {}): boolean {
  return canAnimate(stream, env) && flags.color !== false && (env.NO_COLOR ?? '') === '';
}

// Unicode categories Cc and Cf hold them all, but Cf also the joiners that some scripts and emoji need: so the bidi ones by name (UAX #9).
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const INVISIBLE = /[\u00ad\u200b\u2060\ufeff\u{e0000}-\u{e007f}]/gu;
const BREAKS = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;
const CONTROLS = /\p{Cc}/gu;

/** One line of text of foreign origin (a card, a server, a file name) without anything that moves the cursor or reorders letters. */
export function clean(text: string): string {
  return stripVTControlCharacters(text).replace(BREAKS, ' ').replace(CONTROLS, '').replace(BIDI, '').replace(INVISIBLE, '');
}

/** The same for several lines: line feeds stay. */
export function cleanLines(text: string): string {
  return text.split('\n').map(clean).join('\n');
}
