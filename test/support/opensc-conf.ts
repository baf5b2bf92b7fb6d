/** A configuration of OpenSC that lets it take a PUK, without a login, whatever the state of the PIN. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { tempDir } from './temp-dir.js';

const TAKES_PUK = 'app opensc-pkcs11 { pkcs11 { user_pin_unblock_style = set_pin_in_unlogged_session; } }\n';

/** @param dir where the file is written @returns what processes that are to use it find in their environment */
export function openScConf(dir: string, text = TAKES_PUK): { OPENSC_CONF: string } {
  const path = join(dir, 'opensc.conf');
  writeFileSync(path, text);
  return { OPENSC_CONF: path };
}

/** For this process, until the test ends. */
export function setUpOpenSc(text?: string): void {
  vi.stubEnv('OPENSC_CONF', openScConf(tempDir('opensc-conf'), text).OPENSC_CONF);
  onTestFinished(() => void vi.unstubAllEnvs());
}
