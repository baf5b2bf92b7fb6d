/** `lyncauth doctor`: looks at the program, the drivers and the cards, and says what is wrong and what mends it. Uses no PIN. */
import type { Context, GlobalOptions, Outcome } from '../context.js';
import { judgeAll } from '../doctor/checks.js';
import type { OpenEnrollment, Trouble } from '../doctor/facts.js';
import { gather } from '../doctor/gather.js';
import { report } from '../doctor/report.js';
import { asTrouble } from '../doctor/trouble.js';
import { Journal } from '../enrollment/journal.js';
import type { CardOptions } from './flags.js';

/** A driver starts in well below a second, and with a card full of certificates in two or three; somebody waits for the answer. */
const PROBE_SECONDS = 10;
/** By then whoever started a probe has ended it, or is gone. */
const LONELY_SECONDS = 2;

export interface Options extends Omit<CardOptions, 'wait'>, Pick<GlobalOptions, 'timeout'> {
  /** Set in the process that looks at one driver, and nowhere else. */
  probe?: string;
}

/** Exit code 1 when something fails. @throws LyncauthError USAGE for a driver nobody knows */
export async function run(context: Context, options: Options): Promise<Outcome> {
  const { card, reader, timeout: seconds = PROBE_SECONDS } = options;
  if (options.probe !== undefined) return await runProbe(context, options.probe, { card, reader, seconds: seconds + LONELY_SECONDS });
  const { now, env, paths } = context;
  const unreadable: Trouble[] = [];
  const settings = await unlessUnreadable(() => context.settings(), unreadable);
  const open = await unlessUnreadable(async () => openEnrollments(paths.journalDir), unreadable);
  const modules = {
    ...{ module: options.module, driver: options.driver, env },
    ...{ settingsModule: settings?.get('module'), settingsDriver: settings?.get('driver') },
  };
  const facts = await context.progress.step('looking at drivers and cards', () =>
    gather({
      ...{ now: now(), modules, cards: { card, reader }, paths, seconds },
      program: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
      enrollments: open ?? [],
      unreadable,
    }),
  );
  return report(judgeAll(facts));
}

async function runProbe(
  { progress }: Context,
  what: string,
  choice: { card?: string | undefined; reader?: string | undefined; seconds: number },
): Promise<Outcome> {
  const { probe } = await import('../doctor/probe.js');
  await probe({ what, ...choice, blocking: progress.blocking }, process.send?.bind(process));
  return { result: undefined };
}

function openEnrollments(journalDir: string): OpenEnrollment[] {
  return new Journal(journalDir).all().map(({ step, requestId, keyId, plan, cardLabel, serial }) => ({
    ...{ step, requestId, keyId, ca: plan.ca, upn: plan.upn },
    card: { label: cardLabel, serial },
  }));
}

/** A file that cannot be used is one of the things to be told. */
async function unlessUnreadable<T>(read: () => Promise<T>, unreadable: Trouble[]): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    unreadable.push(asTrouble(error));
    return undefined;
  }
}
