/** Judges the smart card service and the readers behind it. */
import type { Check, Facts, Finding, PcscFacts, ProbedDriver } from './facts.js';
import { installCommand } from './packages.js';
import { SOCKET } from './pcsc.js';

const NO_READER = 'without it drivers show no reader, and say nothing about why';

export const pcsc: Check = {
  id: 'pcsc',
  title: 'smart card service',
  run: (facts) => {
    const { state, socket } = facts.pcsc;
    if (state === 'system') return [{ status: 'ok', detail: 'part of the operating system' }];
    if (state === 'running') return [{ status: 'ok', detail: `pcscd answers at ${socket}` }];
    const need = needOf(facts.drivers);
    const unneeded = facts.drivers.length === 0 ? 'there is no driver that needs it' : 'the drivers here do without it';
    if (need === 'none') return [{ status: 'ok', detail: `${saysOf(facts.pcsc)}; ${unneeded}` }];
    return [{ status: need === 'certain' ? 'fail' : 'warn', detail: saysOf(facts.pcsc), why: NO_READER, fix: fixOf(facts) }];
  },
};

/** A driver for cards that shows readers has reached them some other way; one that nobody knows, or that passes on others, may be for anything. */
function needOf(drivers: ProbedDriver[]): 'certain' | 'possible' | 'none' {
  const blind = drivers.filter(({ profile, facts }) => profile.kind === 'physical' && (facts?.readers.length ?? 0) === 0);
  if (blind.some(({ used, profile }) => used && profile.proxy !== true)) return 'certain';
  return blind.some(({ used }) => used) ? 'possible' : 'none';
}

function saysOf({ state, socket }: PcscFacts): string {
  if (state === 'forbidden') return `pcscd does not let you connect to ${socket}`;
  return state === 'missing' ? 'pcscd is not installed' : `pcscd does not run (nobody answers at ${socket})`;
}

function fixOf({ pcsc: { state, socket }, systemd, osRelease, platform }: Facts): string {
  if (state === 'missing')
    return installCommand('pcsc', osRelease, platform) ?? 'install pcsc-lite (pcscd) and the driver of the reader (ccid)';
  if (state === 'forbidden') return 'ask the administrator to let you use PC/SC (polkit action org.debian.pcsc-lite.access_pcsc)';
  if (socket !== SOCKET) return 'unset PCSCLITE_CSOCK_NAME, which leads drivers to this socket';
  return systemd ? 'sudo systemctl enable --now pcscd.socket' : 'sudo pcscd';
}

export const readers: Check = {
  id: 'readers',
  title: 'readers',
  run: (facts) => [...noReader(facts), ...unknownCards(facts), ...brokenCards(facts)],
};

function noReader({ drivers, pcsc: { state } }: Facts): Finding[] {
  const used = drivers.find((driver) => driver.used);
  if (used?.facts === undefined || used.facts.readers.length > 0 || used.facts.notFound !== undefined) return [];
  if (used.profile.kind === 'physical' && state !== 'running' && state !== 'system') return [];
  const why = 'a card is reached through a reader only';
  return [
    { status: 'warn', about: used.profile.name, detail: 'no reader is connected', why, fix: 'connect the reader', module: used.path },
  ];
}

/** Cards that no driver knows, each reader once. */
function unknownCards({ drivers }: Facts): Finding[] {
  const all = drivers.flatMap(({ facts }) => facts?.readers ?? []);
  const known = new Set(all.flatMap(({ name, card }) => (card === undefined ? [] : [name])));
  const unknown = all.filter(
    ({ name, present, card, trouble }) => present && card === undefined && trouble === undefined && !known.has(name),
  );
  return [...new Set(unknown.map(({ name }) => name))].map((name) => ({
    status: 'warn',
    about: `reader ${name}`,
    detail: 'no driver here knows the card in it',
    why: 'it needs the driver of its manufacturer',
    fix: 'install the driver that belongs to the card, then name its library: lyncauth config set module PATH',
  }));
}

function brokenCards({ drivers }: Facts): Finding[] {
  return drivers.flatMap(({ path, used, facts }) =>
    (facts?.readers ?? []).flatMap(({ name, trouble }) =>
      trouble === undefined
        ? []
        : [
            {
              status: used ? ('fail' as const) : ('warn' as const),
              about: `reader ${name}`,
              detail: `the card cannot be read: ${trouble.message}`,
              why: 'every command that uses this card ends with the same error',
              fix: trouble.hint ?? 'take the card out and put it back',
              module: path,
            },
          ],
    ),
  );
}
