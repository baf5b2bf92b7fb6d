/** Ends runs of a practice organisation's user at moments of a sign-in or sign-out, and reads what they left. */
import { join } from 'node:path';
import { expect } from 'vitest';
import type { TimedLogEntry } from '../../src/lab/log.js';
import { type StatePaths, statePaths } from '../../src/store/paths.js';
import { readSession, type StoredSession } from '../../src/store/sessions.js';
import { killWhen } from './interrupt.js';
import { type FileMoment, killAt } from './kill-at.js';
import type { SignInLab } from './signed-in.js';

export const ENDINGS = ['SIGKILL', 'SIGTERM', 'SIGINT'] as const;

/** A session as it is stored, its token in clear. */
export type OnDisk = (Omit<StoredSession, 'token'> & { token: string }) | undefined;

export interface EndedRuns {
  readonly paths: StatePaths;
  /** Signs in, and returns what is stored of it. */
  signIn(): Promise<OnDisk>;
  /** Ends `lyncauth ARGS` while the servers, slow as `fault` says, have the request that `ready` sees. */
  atServer(args: string[], fault: string, ready: () => boolean, signal?: NodeJS.Signals): Promise<void>;
  atFile(args: string[], moment: FileMoment, signal?: NodeJS.Signals): Promise<void>;
  /** Whether the pool did such a thing since the last run was started. */
  happened(event: TimedLogEntry['event']): boolean;
  /** Whether a server was asked for such a path since then. */
  asked(path: RegExp): boolean;
  /** Throws for anything but a whole session. */
  stored(): OnDisk;
}

export function createEndedRuns(lab: SignInLab): EndedRuns {
  const paths = () => statePaths(lab.env, join(lab.dir, 'config'));
  const stored = () => {
    const session = readSession(paths());
    return session && { ...session, token: session.token.reveal() };
  };
  let seen = 0;
  const news = () => lab.log().slice(seen);
  return {
    get paths() {
      return paths();
    },
    async signIn() {
      const run = await lab.signIn(['alice@lab.test']);
      expect(run.code, run.stderr).toBe(0);
      return stored();
    },
    async atServer(args, fault, ready, signal) {
      seen = lab.log().length;
      lab.faults(fault);
      await killWhen(lab, args, ready, signal);
      lab.faults();
    },
    async atFile(args, moment, signal = 'SIGKILL') {
      seen = lab.log().length;
      const run = await lab.run(args, { env: killAt(moment, signal) });
      expect(run.signal, run.stderr).toBe(signal);
    },
    happened: (event) => news().some((entry) => entry.event === event),
    asked: (path) => news().some((entry) => entry.event === 'http' && path.test(entry.path)),
    stored,
  };
}
