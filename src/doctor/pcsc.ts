/** Whether the smart card service (PC/SC) is there: without it most drivers show no reader, and no error either. */
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import type { PcscFacts, PcscState } from './facts.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where pcscd listens; pcsc-lite's libraries take the variable in its place. */
export const SOCKET = '/run/pcscd/pcscd.comm';
const PROGRAMS = ['/usr/sbin/pcscd', '/usr/bin/pcscd', '/sbin/pcscd', '/usr/local/sbin/pcscd'];

/**
 * Connects to the service and says nothing to it. Where systemd holds the socket, that starts the service, as the first program that
 * uses a card does.
 */
export async function lookAtPcsc(env: Environment, platform: NodeJS.Platform): Promise<PcscFacts> {
  const socket = env.PCSCLITE_CSOCK_NAME || SOCKET;
  // Windows starts its own with the first reader, macOS has it always.
  if (platform === 'win32' || platform === 'darwin') return { state: 'system', socket: '' };
  return { state: await stateOf(socket), socket };
}

function stateOf(socket: string): Promise<PcscState> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    connection.once('connect', () => {
      connection.destroy();
      resolve('running');
    });
    connection.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(
        stateAfter(
          code,
          [socket, ...PROGRAMS].some((path) => existsSync(path)),
        ),
      ),
    );
  });
}

/**
 * What a refused connection says.
 * @param code - of the error, ENOENT
 * @param installed - whether a trace of pcscd is here
 */
export function stateAfter(code: string | undefined, installed: boolean): PcscState {
  if (code === 'EACCES' || code === 'EPERM') return 'forbidden';
  return installed ? 'stopped' : 'missing';
}
