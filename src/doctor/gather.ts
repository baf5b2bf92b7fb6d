/** Gathers all that is judged. Every driver is looked at in a process of its own. */
import { existsSync, readFileSync } from 'node:fs';
import { findDriver } from '../pkcs11/drivers/registry.js';
import type { ModuleChoice } from '../pkcs11/locate.js';
import { cardKey } from '../pkcs11/same-card.js';
import { readFailures } from '../store/failures.js';
import type { StatePaths } from '../store/paths.js';
import type { AddonFacts, DriverFacts, Facts, OpenEnrollment, Probe, ProbedDriver, Trouble } from './facts.js';
import { type Candidate, candidates } from './modules.js';
import { lookAtPcsc } from './pcsc.js';
import type { CardChoice } from './probe-driver.js';
import { ADDONS, runProbe } from './run-probe.js';
import { asTrouble } from './trouble.js';

export interface Gathering {
  now: Date;
  modules: ModuleChoice;
  cards: CardChoice;
  paths: StatePaths;
  /** How this program is started: Node, its arguments, the script. */
  program: readonly string[];
  /** How long a driver may take. */
  seconds: number;
  /** What could be read of the journal. */
  enrollments: OpenEnrollment[];
  unreadable: Trouble[];
}

/** @throws LyncauthError USAGE for a driver nobody knows */
export async function gather(gathering: Gathering): Promise<Facts> {
  const { modules, paths, enrollments } = gathering;
  const { drivers, noDriver } = candidates(modules);
  const [addons, probed, pcsc] = await Promise.all([
    probe<AddonFacts>(ADDONS, gathering),
    probeAll(drivers, gathering),
    lookAtPcsc(modules.env, process.platform),
  ]);
  const wrongPins = countWrongPins(probed, paths);
  return {
    now: gathering.now,
    node: process.versions.node,
    platform: process.platform,
    arch: process.arch,
    // sd_booted(3)
    systemd: existsSync('/run/systemd/system'),
    osRelease: readOsRelease(),
    addons,
    pcsc,
    drivers: probed,
    noDriver,
    wantedDriver: findDriver(modules.driver ?? modules.settingsDriver ?? '')?.id,
    wrongPins: wrongPins.counts,
    enrollments,
    unreadable: [...gathering.unreadable, ...wrongPins.unreadable],
  };
}

/** Drivers of card readers one after the other: two at one card would disturb each other. The others beside them. */
async function probeAll(drivers: Candidate[], gathering: Gathering): Promise<ProbedDriver[]> {
  let atReaders: Promise<unknown> = Promise.resolve();
  return await Promise.all(
    drivers.map((driver) => {
      const look = async () => {
        const probed = await probe<DriverFacts>(driver.path, gathering);
        return { ...driver, ...probed, profile: probed.facts?.profile ?? driver.profile };
      };
      if (driver.profile.kind !== 'physical') return look();
      const turn = atReaders.then(look);
      atReaders = turn;
      return turn;
    }),
  );
}

/** Nothing of ours is in the environment of a driver, a PIN least of all; what it needs to know is on its command line. */
function probe<T>(what: string, { program, cards, modules, seconds }: Gathering): Promise<Probe<T>> {
  const flags = Object.entries(cards).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]));
  const command = [...program, 'doctor', '--no-input', `--timeout=${seconds}`, `--probe=${what}`, ...flags];
  const env = Object.fromEntries(Object.entries(modules.env).filter(([name]) => !name.startsWith('LYNCAUTH_')));
  return runProbe<T>({ command, env, seconds });
}

function countWrongPins(drivers: ProbedDriver[], paths: StatePaths): { counts: Record<string, number>; unreadable: Trouble[] } {
  const counts: Record<string, number> = {};
  const unreadable: Trouble[] = [];
  const cards = drivers.flatMap(({ facts }) => facts?.readers.flatMap(({ card }) => (card === undefined ? [] : [cardKey(card)])) ?? []);
  for (const card of new Set(cards)) {
    try {
      counts[card] = readFailures(paths, card);
    } catch (error) {
      unreadable.push(asTrouble(error));
    }
  }
  return { counts, unreadable };
}

/** os-release(5); empty where there is none. */
function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
