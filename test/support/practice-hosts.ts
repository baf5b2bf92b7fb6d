/** The practice organisation's three hosts in the test's own process: pool and CA, AD FS, and where AD FS asks for certificates. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach } from 'vitest';
import { type Account, findAccount } from '../../src/lab/accounts.js';
import { readRoot, rootFile } from '../../src/lab/authority-files.js';
import { openLabDirectory } from '../../src/lab/directory.js';
import { writeFaults } from '../../src/lab/fault-file.js';
import { parseFault } from '../../src/lab/faults.js';
import { createFederation, type Federation, openTokenSigning } from '../../src/lab/federation.js';
import { readLog, type TimedLogEntry } from '../../src/lab/log.js';
import { type PracticeOptions, startPractice } from '../../src/lab/practice.js';
import { shared } from './shared.js';
import { type SoftwareIdentity, type SoftwareIdentityOptions, softwareIdentity } from './software-identity.js';

export interface PracticeHosts {
  pool: URL;
  sts: URL;
  certificateHost: URL;
  /** The root of everything, PEM: for `createHttpClient({ caFile })`. */
  caFile: string;
  dir: string;
  /** A card of this organisation, with its key in memory. @param user - `alice` unless given; null for nobody's */
  card(user?: string | null, options?: SoftwareIdentityOptions): SoftwareIdentity;
  /** As the hosts have it, to look at what they issue. */
  federation(): Promise<Federation>;
  log(): TimedLogEntry[];
  /** Switches faults, as `lyncauth lab fault` does; none turns all off. */
  faults(list: readonly string[]): void;
  close(): Promise<void>;
}

export interface PracticeHostsOptions extends PracticeOptions {
  faults?: readonly string[];
  now?: () => Date;
}

/** Starts them in a directory of their own. */
export async function startPracticeHosts(options: PracticeHostsOptions = {}): Promise<PracticeHosts> {
  const { now = () => new Date(), faults: first = [], ...more } = options;
  const dir = openLabDirectory(mkdtempSync(join(tmpdir(), 'lyncauth-hosts-')));
  const faults = (list: readonly string[]) => writeFaults(dir, list.map(parseFault));
  faults(first);
  const { pool, sts, certificateHost, close } = await startPractice(dir, now, more);
  return {
    pool: new URL(pool),
    sts: new URL(sts),
    certificateHost: new URL(certificateHost),
    caFile: rootFile(dir),
    dir,
    card: (user = 'alice', card = {}) => softwareIdentity(readRoot(dir), { ...namesOf(user), ...card }),
    federation: async () => createFederation({ pool, sts, certificateHost }, await openTokenSigning(dir, now())),
    log: () => readLog(dir),
    faults,
    close: async () => {
      await close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** One organisation for all tests of a file; each of them begins without faults. */
export function usePracticeHosts(): PracticeHosts {
  const hosts = shared(startPracticeHosts, (started) => started.close());
  beforeEach(() => hosts.faults([]));
  return hosts;
}

function namesOf(user: string | null): Pick<SoftwareIdentityOptions, 'subject' | 'upn' | 'sid'> {
  if (user === null) return {};
  const { subject, upn, sid } = findAccount(`LAB\\${user}`) as Account;
  return { subject, upn, sid };
}
