/** A network of its own for a test: loopback only, all ports free, names from a hosts file. As root or, in a user namespace, as anybody. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Packets to these addresses disappear without a word (RFC 5737 keeps them free): the kernel takes them in on loopback, where nobody has them. */
export const NOWHERE = '192.0.2.1';

const SET_UP = `
hosts=$1 nsswitch=$2 resolv=$3
shift 3
PATH=$PATH:/usr/sbin:/sbin
ip link set lo up
ip route add 192.0.2.0/24 dev lo
mount --bind "$hosts" /etc/hosts
mount --bind "$nsswitch" /etc/nsswitch.conf
[ -z "$resolv" ] || mount --bind "$resolv" /etc/resolv.conf
exec "$@"`;

export interface NamespaceOptions {
  /** Is asked for names that are not set, for minutes if it does not answer; nobody is unless given. */
  nameServer?: string;
}

export interface Namespace {
  /** `command` as one that runs in the namespace. */
  inside(command: readonly string[]): string[];
  /** Replaces all names: `{ 'pool.lab.test': '127.0.0.2' }`. No other name is known to anybody there. */
  names(addresses: Readonly<Record<string, string>>): void;
  /** Ends the server, and with it the namespace. */
  close(): Promise<void>;
}

/** Starts `server` in a new namespace: a program that says `ready` when it is, and ends when its standard input does. */
export async function openNamespace(server: readonly string[], { nameServer }: NamespaceOptions = {}): Promise<Namespace> {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-namespace-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const hosts = file('hosts', '');
  const files = [
    hosts,
    file('nsswitch.conf', nameServer === undefined ? 'hosts: files\n' : 'hosts: files dns\n'),
    nameServer === undefined ? '' : file('resolv.conf', `nameserver ${nameServer}\noptions timeout:30 attempts:5\n`),
  ];
  const kind = kinds().find((flags) => spawnSync('unshare', [...flags, 'true']).status === 0);
  if (kind === undefined) throw new Error('this needs root, or user namespaces that are allowed: unshare --net --mount --map-root-user');
  const child = spawn('unshare', [...kind, 'sh', '-ec', SET_UP, 'sh', ...files, ...server], { stdio: ['pipe', 'pipe', 'pipe'] });
  let problem = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    problem += text;
  });
  const ended = once(child, 'close');
  const first = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  if (first.value !== 'ready')
    throw new Error(`the namespace was not set up; if ip is missing, run scripts/system-packages.sh: ${problem}`);
  const into = ['--target', String(child.pid), ...kind.map((flag) => (flag === '--map-root-user' ? '--user' : flag))];
  return {
    inside: (command) => ['nsenter', ...into, ...(into.includes('--user') ? ['--preserve-credentials'] : []), '--', ...command],
    names: (addresses) => {
      const lines = Object.entries(addresses).map(([name, address]) => `${address} ${name}\n`);
      // In place: what is mounted is this very file.
      writeFileSync(hosts, lines.join(''));
    },
    close: async () => {
      child.stdin.end();
      await ended;
      rmSync(dir, { recursive: true });
    },
  };
}

/** In the order in which they are tried. */
function kinds(): string[][] {
  const own = ['--net', '--mount'];
  return process.getuid?.() === 0 ? [own, ['--map-root-user', ...own]] : [['--map-root-user', ...own]];
}
