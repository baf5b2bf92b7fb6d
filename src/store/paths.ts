/** Where the program keeps its files. Computes names only: it reads and makes nothing. */
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

export interface StatePaths {
  /** The user's settings. */
  readonly configFile: string;
  /** The administrator's settings for every user of this computer. */
  readonly machineConfigFile: string;
  /** Enrollments under way. */
  readonly journalDir: string;
  /** Locks and failure counts, by card: they never move with --config-dir, or two runs could miss each other. */
  readonly lockDir: string;
  /** Certificates taken off a card by --replace. */
  readonly savedDir: string;
  /** The session, and what earlier sign-ins found out. */
  readonly signInDir: string;
}

/**
 * The paths for this user, after the XDG Base Directory Specification (on Windows APPDATA, LOCALAPPDATA and ProgramData).
 *
 * @param configDir value of --config-dir; settings, journals, saved certificates and the session then live there
 */
export function statePaths(env: Environment, configDir?: string): StatePaths {
  const base = process.platform === 'win32' ? windowsBase(env) : unixBase(env);
  const own = configDir === undefined ? undefined : resolve(configDir);
  return {
    configFile: join(own ?? base.config, 'config.json'),
    machineConfigFile: join(base.machine, 'config.json'),
    journalDir: join(own ?? base.state, 'journal'),
    savedDir: join(own ?? base.state, 'saved'),
    signInDir: join(own ?? base.state, 'sign-in'),
    lockDir: join(base.state, 'locks'),
  };
}

interface Base {
  config: string;
  state: string;
  machine: string;
}

function unixBase(env: Environment): Base {
  const home = absolute(env.HOME) ?? homedir();
  return {
    config: join(absolute(env.XDG_CONFIG_HOME) ?? join(home, '.config'), 'lyncauth'),
    state: join(absolute(env.XDG_STATE_HOME) ?? join(home, '.local', 'state'), 'lyncauth'),
    machine: '/etc/lyncauth',
  };
}

function windowsBase(env: Environment): Base {
  const roaming = absolute(env.APPDATA) ?? join(homedir(), 'AppData', 'Roaming');
  const local = absolute(env.LOCALAPPDATA) ?? join(homedir(), 'AppData', 'Local');
  const machine = absolute(env.ProgramData) ?? 'C:\\ProgramData';
  return { config: join(roaming, 'lyncauth'), state: join(local, 'lyncauth'), machine: join(machine, 'lyncauth') };
}

/** The specification has relative paths ignored. */
function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}
