/** Judges the drivers: is there one, does it load, does it survive being asked. */
import { basename } from 'node:path';
import { generic } from '../pkcs11/drivers/generic.js';
import { quote } from '../store/file-checks.js';
import type { Check, Facts, Finding, ProbedDriver, ProbeEnd } from './facts.js';
import { installCommand, isInstallable } from './packages.js';

/** Characters of what a driver printed that are shown. */
const SAID = 200;

const IS_USED = 'lyncauth uses this driver, and every command that needs the card ends the same way';
const IS_NOT_USED = 'lyncauth uses another driver, so this one matters only for cards of its own';

export const drivers: Check = {
  id: 'drivers',
  title: 'driver',
  // without the addon for cards no driver was looked at: that is told once
  run: (facts) => [...none(facts), ...facts.drivers.filter(({ trouble }) => trouble?.code !== 'ADDON_MISSING').map(judge)],
};

function none({ noDriver, wantedDriver, drivers: others, osRelease, platform }: Facts): Finding[] {
  if (noDriver === undefined) return [];
  const wanted = wantedDriver ?? 'opensc';
  const command = isInstallable(wanted) ? installCommand(wanted, osRelease, platform) : undefined;
  const makers = "the driver that the card's manufacturer offers";
  return [
    {
      status: 'fail',
      detail: noDriver.message.split('; looked at ')[0] ?? '',
      why: `a card is used through its driver, a PKCS#11 library${others.length > 0 ? ', and those here are others' : ''}`,
      fix:
        command === undefined
          ? `install ${makers}`
          : `${command}${wantedDriver === undefined ? ` (for many cards), or install ${makers}` : ''}`,
    },
  ];
}

function judge(driver: ProbedDriver): Finding {
  const { path, used, facts, trouble, end } = driver;
  // of a driver that nobody knows the file has the best name
  const shown = { about: driver.profile.id === generic.id ? basename(path) : driver.profile.name, module: path };
  const why = used ? IS_USED : IS_NOT_USED;
  const bad = used ? 'fail' : 'warn';
  if (trouble !== undefined) return { ...shown, status: bad, detail: trouble.message, why, fix: fixOfTrouble(driver, trouble.hint) };
  if (facts !== undefined && end.how === 'ended') return { ...shown, status: 'ok', detail: `${path}: ${contents(facts.readers)}` };
  const detail = `${path} ${saysOf(end)}${said(driver)}`;
  if (facts !== undefined)
    return { ...shown, status: 'warn', detail, why: 'it showed its cards before, so commands work all the same', fix: fixOf(driver) };
  return { ...shown, status: bad, detail, why, fix: fixOf(driver) };
}

function contents(readers: NonNullable<ProbedDriver['facts']>['readers']): string {
  const cards = readers.filter(({ card }) => card?.initialized === true).map(({ card }) => `"${card?.label}"`);
  if (cards.length > 0) return `${cards.length === 1 ? 'card' : 'cards'} ${cards.join(', ')}`;
  if (readers.length === 0) return 'no reader';
  return `no card that is set up in ${readers.map(({ name }) => name).join(', ')}`;
}

function saysOf(end: ProbeEnd): string {
  if (end.how === 'quit' && end.call === undefined) return `was not looked at: the process for it ended with exit code ${end.exitCode}`;
  const during = 'call' in end && end.call !== undefined ? ` in ${end.call}` : '';
  if (end.how === 'crashed') return `crashes${during} (${end.signal})`;
  if (end.how === 'hung') return `hangs${during}: no answer within ${end.seconds} ${end.seconds === 1 ? 'second' : 'seconds'}`;
  return end.how === 'quit' ? `ends the whole process${during} (exit code ${end.exitCode})` : 'showed nothing';
}

/** The last line that a driver printed is often the reason. */
function said({ output }: ProbedDriver): string {
  const line = output.trimEnd().split('\n').at(-1)?.trim().slice(0, SAID) ?? '';
  return line === '' ? '' : `; it printed: ${line}`;
}

function fixOf({ used, end, path }: ProbedDriver): string {
  if (end.how === 'hung')
    return `take the card out and put it back, restart the smart card service, or allow more time: lyncauth doctor --module ${quote(path)} --timeout ${end.seconds * 3}`;
  return used ? 'update or reinstall this driver, or name another: lyncauth config set module PATH' : 'update or uninstall this driver';
}

function fixOfTrouble({ used }: ProbedDriver, hint: string | undefined): string {
  return hint ?? (used ? 'name another driver: lyncauth config set module PATH' : 'update or uninstall this driver');
}
