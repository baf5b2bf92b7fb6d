/** PIV cards in a reader for a test: a real pcscd in a namespace of its own, with our cards in its virtual reader; programs outside reach it by `env`. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { opensc } from '../../src/pkcs11/drivers/opensc.js';
import { ykcs11 } from '../../src/pkcs11/drivers/ykcs11.js';
import { clearCardLog, type LogEntry, readCardLog } from '../fixtures/piv-card/card-log.js';
import type { Event } from '../fixtures/piv-card/card-process.js';
import type { ReaderOrder, ReaderPlan } from '../fixtures/piv-card/reader.js';
import { type CardState, FACTORY } from '../fixtures/piv-card/state.js';
import { openNamespace } from './namespace.js';
import { buildScript } from './script.js';

/** Where vpcd listens for the card in its first slot; for that in the second, one higher. */
const PORT = 0x8c7b;

/** Names of readers: ykcs11 looks at those of Yubico's only, OpenSC at all. */
export const READER = { yubico: 'Yubico YubiKey OTP+FIDO+CCID', generic: 'Virtual PCD' } as const;

/**
 * Loopback acknowledges at once, or every answer of the reader waits 40 ms for the acknowledgement of its length. Readers of the tester's own are hidden.
 * pcscd's socket lands in our folder, and all of /run is hidden where the folder that it belongs into is missing.
 */
const SET_UP = `
for net in 127.0.0.0/8 127.0.0.1; do
  ip route change table local local $net dev lo proto kernel scope host src 127.0.0.1 quickack 1
done
cd "$1"
shift
[ ! -d /dev/bus/usb ] || mount -t tmpfs none /dev/bus/usb
[ -d /run/pcscd ] || { mount -t tmpfs none /run; mkdir /run/pcscd; }
mount --bind . /run/pcscd
exec "$@"`;

export interface PivReaderOptions {
  /** By default Yubico's, which serves both modules. */
  reader?: string;
  /** Files of the cards' states, one or two; they are made when they are not there, and kept. By default one new card that is not kept. */
  cards?: readonly string[];
}

export interface PivCard {
  /** As `cards` lists them: without the numbers of reader and slot. */
  pin: string;
  puk: string;
  /** The SO PIN of ykcs11: 48 hexadecimal digits. */
  managementKey: string;
  /** What the card keeps, as it is now. */
  state(): CardState;
  /** What the card was asked and answered since the last clearing. */
  log(): LogEntry[];
  clearLog(): void;
  /** Out of the reader, and seen to be out. */
  pullOut(): Promise<void>;
  /** Into the reader again, and seen to be in. Also after it left by a plan. */
  putBack(): Promise<void>;
  /** It stops answering, in whatever it does. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** What is to happen, once, when a command comes; replaces what was planned before. Without one, nothing. */
  plan(event?: Partial<Event> & Pick<Event, 'at' | 'what'>): Promise<void>;
  /** Resolves when that happens, or has happened. */
  happened(): Promise<void>;
}

export interface PivReader {
  /** Removed by close(). */
  dir: string;
  modules: { opensc: string; ykcs11: string };
  /** Leads a program, wherever it runs, to this reader and to no other. */
  env: { PCSCLITE_CSOCK_NAME: string };
  /** That in the first slot. */
  card: PivCard;
  cards: PivCard[];
  /** Ends all processes of it. */
  close(): Promise<void>;
}

/** Starts a reader with cards in it. */
export async function startPivReader({ reader = READER.yubico, cards }: PivReaderOptions = {}): Promise<PivReader> {
  const modules = { opensc: installed(opensc.paths.linux), ykcs11: installed(ykcs11.paths.linux) };
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-piv-'));
  const remove = () => rmSync(dir, { recursive: true });
  const [pcscd, configDir, control] = ['pcscd', 'readers', 'control'].map((name) => join(dir, name)) as Places;
  for (const folder of [pcscd, configDir]) mkdirSync(folder);
  const files = (cards ?? [join(dir, 'card.json')]).map((state, slot) => ({ state, log: join(dir, `card-${slot}.log`) }));
  for (const { log } of files) writeFileSync(log, '');
  try {
    writeFileSync(join(configDir, 'reader'), configuration(reader));
    const cardScript = await buildScript('piv-card/card-process.ts');
    const plan: ReaderPlan = { configDir, control, port: PORT, cardScript, cards: files };
    writeFileSync(join(dir, 'plan.json'), JSON.stringify(plan));
    const program = [process.execPath, await buildScript('piv-card/reader.ts'), join(dir, 'plan.json')];
    const namespace = await openNamespace(['sh', '-ec', SET_UP, 'sh', pcscd, ...program]);
    const made = files.map(({ state, log }, slot) => toCard(state, log, (order) => ask(control, { slot, ...order } as ReaderOrder)));
    return {
      dir,
      modules,
      env: { PCSCLITE_CSOCK_NAME: join(pcscd, 'pcscd.comm') },
      card: made[0] as PivCard,
      cards: made,
      close: () => namespace.close().then(remove),
    };
  } catch (error) {
    remove();
    throw error;
  }
}

type Places = [pcscd: string, configDir: string, control: string];

type OrderWithoutSlot = ReaderOrder extends infer Each ? (Each extends unknown ? Omit<Each, 'slot'> : never) : never;

function toCard(state: string, log: string, give: (order: OrderWithoutSlot) => Promise<{ pid: number }>): PivCard {
  const signal = async (name: NodeJS.Signals): Promise<void> => {
    const { pid } = await give({ do: 'pid' });
    process.kill(pid, name);
  };
  return {
    pin: FACTORY.pin,
    puk: FACTORY.puk,
    managementKey: FACTORY.managementKey,
    state: () => JSON.parse(readFileSync(state, 'utf8')) as CardState,
    log: () => readCardLog(log),
    clearLog: () => clearCardLog(log),
    pullOut: async () => void (await give({ do: 'pull out' })),
    putBack: async () => void (await give({ do: 'put back' })),
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    plan: async (event) => void (await give({ do: 'plan', event: event && { done: false, after: 0, ...event } })),
    happened: async () => void (await give({ do: 'await plan' })),
  };
}

async function ask(path: string, order: ReaderOrder): Promise<{ pid: number }> {
  const socket = connect(path);
  socket.write(`${JSON.stringify(order)}\n`);
  const answer = JSON.parse(await text(socket)) as { pid: number; problem?: string };
  if (answer.problem !== undefined) throw new Error(`the reader refused ${order.do}: ${answer.problem}`);
  return answer;
}

/** One entry of two slots: more than one entry of vpcd's, and pcscd mixes them up. */
function configuration(name: string): string {
  const driver = installed(['/usr/lib/pcsc/drivers/serial/libifdvpcd.so', '/usr/lib64/pcsc/drivers/serial/libifdvpcd.so']);
  const channel = `0x${PORT.toString(16).toUpperCase()}`;
  return `FRIENDLYNAME "${name}"\nDEVICENAME /dev/null:${channel}\nLIBPATH ${driver}\nCHANNELID ${channel}\n`;
}

function installed(places: readonly string[] = []): string {
  const found = places.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`none of ${places.join(', ')} is there: run scripts/system-packages.sh`);
  return found;
}
