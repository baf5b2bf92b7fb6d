/** A reader for one test, and other people's programs that use it. */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type CliResult, runCommand } from '../../support/cli.js';
import { type PivReader, type PivReaderOptions, startPivReader } from '../../support/piv-card.js';
import { fillPivCard, type PivKeyType, type PivSlot } from '../../support/piv-content.js';
import { tempDir } from '../../support/temp-dir.js';

/** Ends with the test. */
export async function openReader(options: PivReaderOptions = {}): Promise<PivReader> {
  const reader = await startPivReader(options);
  onTestFinished(() => reader.close());
  return reader;
}

/** With a card that has these keys and a certificate for each. */
export async function openFilledReader(
  keys: Readonly<Record<string, PivKeyType>>,
  options: PivReaderOptions = {},
): Promise<{ reader: PivReader; path: string }> {
  const path = join(tempDir('piv-state'), 'card.json');
  fillPivCard(path, keys as Record<PivSlot, PivKeyType>);
  return { path, reader: await openReader({ cards: [path], ...options }) };
}

/** Any program, led to the reader. */
export function use(reader: Pick<PivReader, 'env'>, command: string[]): Promise<CliResult> {
  return runCommand(command, { env: reader.env });
}

export function pkcs11Tool(reader: PivReader, module: keyof PivReader['modules'], ...args: string[]): Promise<CliResult> {
  return use(reader, ['pkcs11-tool', '--module', reader.modules[module], ...args]);
}
