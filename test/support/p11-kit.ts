/** A card as another computer's programs see it: p11-kit's server on a socket of the test's own, ended by its pid, and p11-kit's client in front. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { p11Kit } from '../../src/pkcs11/drivers/p11-kit.js';
import { startProcess } from './server-process.js';

/** A token that p11-kit can pass on. */
interface LocalToken {
  modulePath: string;
  label: string;
  env: Readonly<Record<string, string>>;
}

export interface RemoteToken {
  modulePath: string;
  /** What a process needs to reach the token: nothing of the token's own. */
  env: { P11_KIT_SERVER_ADDRESS: string };
  stop(): Promise<void>;
}

/** @param labels of the tokens that are passed on; that of `token` unless given */
export async function startRemoteToken(token: LocalToken, labels: readonly string[] = [token.label]): Promise<RemoteToken> {
  const variables = Object.entries(token.env).map(([name, value]) => `${name}=${value}`);
  const { dir, stop } = await startProcess({
    name: 'p11-kit',
    ready: 'socket',
    // env becomes the server, under one process id
    command: (_port, dir) => [
      ...['env', ...variables, 'p11-kit', 'server', '--foreground', '--name', join(dir, 'socket')],
      ...['--provider', token.modulePath, ...labels.map((label) => `pkcs11:token=${encodeURIComponent(label)}`)],
    ],
  });
  return { modulePath: clientModule(), env: { P11_KIT_SERVER_ADDRESS: `unix:path=${join(dir, 'socket')}` }, stop };
}

function clientModule(): string {
  const found = p11Kit.paths.linux?.find((path) => existsSync(path));
  if (found === undefined) throw new Error("p11-kit's client is not installed: run scripts/system-packages.sh");
  return found;
}
