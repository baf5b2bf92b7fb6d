/** Turns a result or an error into what is printed. Prints nothing itself. */
import type { Outcome, Table } from '../context.js';
import { LyncauthError } from '../errors.js';
import { redact } from '../secret.js';
import { clean, cleanLines } from './streams.js';
import { loadStyle, type Style } from './style.js';
import { formatTable } from './table.js';

export interface Rendered {
  stdout: string;
  stderr: string;
}

export interface ErrorView {
  json: boolean;
  /** As the user named it; undefined when none was understood. */
  command?: string | undefined;
  /** useColor() of standard error. */
  color: boolean;
  /** --trace: stack and causes as well. */
  trace: boolean;
}

const REPORT = 'run it again with --trace, and report what it prints';
const MAX_CAUSES = 10;
/** Characters that JSON lets through and a terminal obeys: C1 controls and bidi marks. */
const UNSAFE_IN_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** With `json` one object and a line feed; else the text for a person, without control characters. */
export function renderResult(command: string, outcome: Outcome, json: boolean): Rendered {
  // A command that ran another one leaves standard output to it.
  if (outcome.result === undefined && outcome.text === undefined) return { stdout: '', stderr: '' };
  if (json) return { stdout: toJson({ ok: true, command, result: outcome.result }), stderr: '' };
  if (outcome.text === undefined) return { stdout: '', stderr: '' };
  const text = typeof outcome.text === 'string' ? cleanLines(outcome.text) : outcome.text.map(renderBlock).join('\n');
  return { stdout: text.replace(/\n*$/, '\n'), stderr: '' };
}

function renderBlock(block: string | Table): string {
  return typeof block === 'string' ? clean(block) : formatTable(block.header, block.rows);
}

/**
 * Loads what renders errors: `lyncauth: error: …` and `lyncauth: hint: …` on standard error; with `json` one object on standard output.
 * All of it redacted. What is returned needs no waiting.
 */
export async function loadErrorRenderer(view: ErrorView): Promise<(thrown: unknown) => Rendered> {
  const style = await loadStyle(view.color && !view.json);
  return (thrown) => renderError(thrown, view, style);
}

function renderError(thrown: unknown, view: ErrorView, style: Style): Rendered {
  const error = asLyncauthError(thrown);
  const trace = view.trace ? traceLines(thrown) : '';
  if (view.json) return { stdout: errorJson(error, view.command), stderr: trace };
  const lines = [`lyncauth: ${style.error('error:')} ${oneLine(error.message)}`];
  if (error.hint !== undefined) lines.push(`lyncauth: ${style.bold('hint:')} ${oneLine(error.hint)}`);
  return { stdout: '', stderr: `${lines.join('\n')}\n${trace}` };
}

/** `thrown` itself, or INTERNAL for what nobody foresaw. */
export function asLyncauthError(thrown: unknown): LyncauthError {
  if (thrown instanceof LyncauthError) return thrown;
  const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  const [line = ''] = text.split('\n');
  return new LyncauthError('INTERNAL', `unexpected error: ${line}`, { hint: REPORT, cause: thrown });
}

function errorJson(error: LyncauthError, command: string | undefined): string {
  const { code, hint } = error;
  const shown = {
    code,
    message: redact(error.message),
    hint: hint === undefined ? undefined : redact(hint),
    details: redactAll(error.details),
  };
  return toJson({ ok: false, command, error: shown });
}

function redactAll(value: unknown): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map(redactAll);
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, redactAll(inner)]));
}

function toJson(value: object): string {
  const asEscape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `${JSON.stringify(value).replace(UNSAFE_IN_JSON, asEscape)}\n`;
}

/** The error, what caused it, and so on. */
function traceLines(thrown: unknown): string {
  const lines: string[] = [];
  const waiting = [thrown];
  for (let count = 0; waiting.length > 0 && count < MAX_CAUSES; count += 1) {
    const error = waiting.shift();
    const text = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error);
    lines.push(...safe(text).split('\n'));
    if (error instanceof AggregateError) waiting.push(...error.errors);
    if (error instanceof Error && error.cause !== undefined) waiting.push(error.cause);
  }
  return lines.map((line) => `lyncauth: trace: ${line}\n`).join('');
}

/** An error is a line, whatever a card or a server put into it. */
function oneLine(text: string): string {
  return clean(redact(text));
}

function safe(text: string): string {
  return cleanLines(redact(text));
}
