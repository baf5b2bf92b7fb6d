/** A person's desk without a CA: a card behind the fault module, a home folder, the built program. For commands that only need the card. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CliOptions, type CliResult, cleanEnvironment, runCli } from './cli.js';
import { createFault, type Fault } from './fault-module.js';
import { createToken, type TestToken, type TokenOptions } from './softhsm.js';

export interface Desk {
  /** For files of the test. */
  dir: string;
  token: TestToken;
  card: Fault;
  /** Names the module and nothing else. */
  env: Record<string, string>;
  run(args: string[], options?: CliOptions): Promise<CliResult>;
  remove(): void;
}

/** By default a card with the PIN 735194, which is no published default. */
export function createDesk(options: TokenOptions = {}): Desk {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-desk-'));
  const token = createToken({ pin: '735194', ...options });
  const card = createFault({ token });
  const env = { ...cleanEnvironment(join(dir, 'home')), ...card.env, LYNCAUTH_MODULE: card.modulePath };
  return {
    dir,
    token,
    card,
    env,
    run: (args, more = {}) => runCli(args, { ...more, env: { ...env, ...more.env } }),
    remove() {
      card.remove();
      token.remove();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
