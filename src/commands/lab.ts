/** `lyncauth lab`: the practice organisation, to try everything on without a card, a CA or an account. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context, Outcome } from '../context.js';
import { isLyncauthError, LyncauthError } from '../errors.js';
import { ORGANISATION } from '../lab/accounts.js';
import { approveRequest, denyRequest } from '../lab/authority.js';
import { runChild } from '../lab/child.js';
import { findLabDirectory, openLabDirectory, readSettings, writeSettings } from '../lab/directory.js';
import { commandEnvironment, PRACTICE_PIN, PRACTICE_SO_PIN, writeTokenConfiguration } from '../lab/environment.js';
import { readFaults, writeFaults } from '../lab/fault-file.js';
import { describeFault, faultDescriptions, formatFault, parseFaults } from '../lab/faults.js';
import { logLine, readLog, type TimedLogEntry } from '../lab/log.js';
import { openAuthority, startPractice } from '../lab/practice.js';
import type { RequestRecord } from '../lab/records.js';
import { relaySignals, type SignalRelay } from '../lab/signals.js';
import { softhsmInstallCommand } from '../lab/softhsm.js';
import { importTokenInit } from '../pkcs11/binding.js';
import { Secret } from '../secret.js';

const DEFAULT_CARD = 'Practice card';

export interface LabOptions {
  /** A lab directory; else the one this command runs in, by LYNCAUTH_LAB_DIR. */
  dir?: string | undefined;
}

export interface LabRunOptions extends LabOptions {
  /** Faults to switch on, as `NAME[=VALUE][@STEP]`; `none` switches all off. Without any, they stay as the directory has them. */
  fault?: string[] | undefined;
  /** Label of the card to use; made when the directory has none with it. */
  cardLabel?: string | undefined;
  /** Leave the directory where it is, also when it is a temporary one. */
  keep?: boolean | undefined;
  command: string[];
}

export interface LabRequestOptions extends LabOptions {
  /** Number of the request. */
  id: string;
}

export interface LabFaultOptions extends LabOptions {
  /** Faults that are to be on from now, instead of those that are; `none` for none, an empty list to leave them. */
  names: string[];
}

/** Runs a command inside a practice organisation, and ends as the command ends. */
export async function run(context: Context, options: LabRunOptions): Promise<Outcome<undefined>> {
  if (options.command.length === 0) throw new LyncauthError('USAGE', 'no command given', { hint: 'lyncauth lab run -- lyncauth enroll' });
  const faults = parseFaults(options.fault ?? []);
  const signals = relaySignals();
  const dir = openLabDirectory(options.dir ?? mkdtempSync(join(tmpdir(), 'lyncauth-lab-')));
  try {
    if (options.fault !== undefined) writeFaults(dir, faults);
    return { result: undefined, exitCode: await runInside(context, dir, options, signals) };
  } finally {
    if (options.dir === undefined && options.keep !== true) rmSync(dir, { recursive: true, force: true });
    else context.progress.note(`practice organisation kept in ${dir}`);
    signals.stop();
  }
}

async function runInside(context: Context, dir: string, options: LabRunOptions, signals: SignalRelay): Promise<number> {
  const card = await openPracticeCard(dir, options.cardLabel);
  const practice = await startPractice(dir, context.now);
  try {
    context.progress.note(`practice organisation at ${practice.origin} (not a real CA; nothing here is trusted by anybody)`);
    for (const on of readFaults(dir)) context.progress.note(`practice fault: ${formatFault(on)}: ${describeFault(on)}`);
    const env = commandEnvironment(context.env, { dir, origin: practice.origin, ...card });
    return await runChild(options.command, env, signals);
  } finally {
    await practice.close();
  }
}

/** Issues a request that waits at the practice CA. */
export async function approve(context: Context, options: LabRequestOptions): Promise<Outcome> {
  const id = requestNumber(options.id);
  const dir = labDirectory(context, options);
  return requestOutcome(approveRequest(openAuthority(dir, context.now), id, readFaults(dir)));
}

/** Denies a request that waits at the practice CA. */
export async function deny(context: Context, options: LabRequestOptions): Promise<Outcome> {
  const id = requestNumber(options.id);
  return requestOutcome(denyRequest(openAuthority(labDirectory(context, options), context.now), id));
}

/** Switches faults; without names it shows which there are, and in a practice organisation which are on. */
export async function fault(context: Context, options: LabFaultOptions): Promise<Outcome> {
  if (options.names.length > 0) {
    const dir = labDirectory(context, options);
    writeFaults(dir, parseFaults(options.names));
    return { result: { faults: faultsOn(dir) }, text: describeOn(faultsOn(dir)) };
  }
  const named = options.dir ?? context.env.LYNCAUTH_LAB_DIR;
  const faults = named === undefined ? [] : faultsOn(findLabDirectory(named));
  const all = Object.entries(faultDescriptions).map(([name, description]) => `  ${name.padEnd(24)} ${description}`);
  const on = named === undefined ? [] : [describeOn(faults)];
  return { result: { faults, available: faultDescriptions }, text: [...on, 'There are:', ...all].join('\n') };
}

function faultsOn(dir: string): string[] {
  return readFaults(dir).map(formatFault);
}

function describeOn(faults: readonly string[]): string {
  return `${ORGANISATION}, faults: ${faults.join(', ') || 'none'}`;
}

/** What happened at the practice organisation. */
export async function log(context: Context, options: LabOptions): Promise<Outcome<{ entries: TimedLogEntry[] }>> {
  const entries = readLog(labDirectory(context, options));
  return { result: { entries }, text: [`${ORGANISATION}, log:`, ...entries.map(logLine)].join('\n') };
}

function labDirectory(context: Context, options: LabOptions): string {
  return findLabDirectory(options.dir ?? context.env.LYNCAUTH_LAB_DIR);
}

function requestNumber(id: string): number {
  if (/^\d{1,9}$/.test(id)) return Number(id);
  throw new LyncauthError('USAGE', `not the number of a request: ${id}`, { hint: 'lyncauth lab log' });
}

function requestOutcome({ id, status, account, template }: RequestRecord): Outcome {
  return {
    result: { requestId: String(id), status, account, template },
    text: `${ORGANISATION}: request ${id} of ${account} (${template}) is ${status}`,
  };
}

/** The SoftHSM token called `label` in the lab directory, made when there is none; without a label the first one there. */
async function openPracticeCard(dir: string, label: string | undefined) {
  const { initToken } = await importTokenInit();
  const modulePath = await findSoftHsm();
  const tokenConfiguration = writeTokenConfiguration(dir);
  const settings = readSettings(dir);
  const labels = settings.cards ?? [];
  const cardLabel = label ?? labels[0] ?? DEFAULT_CARD;
  if (!labels.includes(cardLabel)) {
    // SoftHSM reads its configuration from the environment of this process; with this one it has no token but ours.
    process.env.SOFTHSM2_CONF = tokenConfiguration;
    await initToken(modulePath, { label: cardLabel, pin: new Secret(PRACTICE_PIN), soPin: new Secret(PRACTICE_SO_PIN) });
    writeSettings(dir, { ...settings, cards: [...labels, cardLabel] });
  }
  return { modulePath, tokenConfiguration, cardLabel };
}

/** SoftHSM itself, whatever module the settings name: initialising a token erases it, and this one must be ours. */
async function findSoftHsm(): Promise<string> {
  const { locateModule } = await import('../pkcs11/locate.js');
  try {
    return locateModule({ driver: 'softhsm', env: {} });
  } catch (cause) {
    if (!isLyncauthError(cause, 'MODULE_NOT_FOUND')) throw cause;
    throw new LyncauthError('MODULE_NOT_FOUND', 'SoftHSM 2, which plays the practice card, is not installed', {
      hint: softhsmInstallCommand(process.env.PATH),
      cause,
    });
  }
}
