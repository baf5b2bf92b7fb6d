/** The practice organisation under real names on ports 80 and 443, in a network of its own, with servers beside it that keep what they are sent. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sites } from '../../src/lab/federation.js';
import { statePaths } from '../../src/store/paths.js';
import { readMemory, type SignInMemory } from '../../src/store/sign-in-memory.js';
import { type CliOptions, type CliResult, program, runCommand } from './cli.js';
import { unanswered } from './dialog.js';
import { createAuthority } from './loopback-https.js';
import { NOWHERE, openNamespace } from './namespace.js';
import { openTerminal, type Terminal } from './pty.js';
import type { Received, RecordedAnswers, RecorderFiles, RecorderPlan } from './recorder.js';
import { buildScript } from './script.js';
import { type SignInLab, startSignInLab } from './signed-in.js';

/** Who is at which address. */
export const PLACE = {
  pool: '127.0.0.2',
  sts: '127.0.0.3',
  certificateHost: '127.0.0.4',
  /** The same organisation under names of another domain. */
  hostedPool: '127.0.0.5',
  hostedSts: '127.0.0.6',
  hostedCertificateHost: '127.0.0.7',
  /** A recorder that tests make answer for names of the organisation. */
  front: '127.0.0.8',
  /** A recorder with every name that must not be asked. */
  wrong: '127.0.0.9',
  /** A web server with a certificate for its own name only. */
  portal: '127.0.0.10',
  /** One whose certificate is of an issuer whom nobody trusts. */
  stranger: '127.0.0.11',
  /** Nothing listens there. */
  nobody: '127.0.0.12',
  /** Packets are dropped. */
  nowhere: NOWHERE,
} as const;

const OWN = namesIn('lab.test');
const HOSTED = namesIn('hosted.test');
const DISCOVERY = ['lyncdiscoverinternal.lab.test', 'lyncdiscover.lab.test'];
const WRONG = ['lyncdiscover', 'pool', 'sts', 'certauth.sts'].flatMap((host) =>
  ['evil-lab.test', 'lab.test.evil.test', 'elsewhere.invalid'].map((domain) => `${host}.${domain}`),
);

/** Known in every test, beside those that it adds. */
const NAMES: Readonly<Record<string, string>> = {
  [OWN.pool]: PLACE.pool,
  [OWN.sts]: PLACE.sts,
  [OWN.certificateHost]: PLACE.certificateHost,
  [HOSTED.pool]: PLACE.hostedPool,
  [HOSTED.sts]: PLACE.hostedSts,
  [HOSTED.certificateHost]: PLACE.hostedCertificateHost,
  ...Object.fromEntries(WRONG.map((name) => [name, PLACE.wrong])),
};

/** For the program in the namespace. */
export interface NamedHostsPlan {
  labDir: string;
  organisations: { sites: Sites; addresses: Sites; dnsNames: string[] }[];
  recorders: RecorderPlan[];
  files: RecorderFiles;
}

export interface NamedNetwork {
  lab: SignInLab;
  /** Begins a test: with a user who never signed in, these names beside the usual ones, these answers of the recorders and these faults. */
  begin(names: Readonly<Record<string, string>>, answers?: RecordedAnswers, faults?: readonly string[]): void;
  /** `lyncauth ARGS` in this network, its card and its CA known, and no server. */
  run(args: string[], options?: CliOptions): Promise<CliResult>;
  /** The same at a terminal, with nothing answered in advance but which card. */
  open(args: string[]): Terminal;
  /** What the recorder at `address` received in this test. */
  received(address: string): Received[];
  /** What this user's sign-ins left to be remembered. */
  memory(): SignInMemory;
  close(): Promise<void>;
}

/** With a card that is enrolled at the organisation, behind a module that keeps what is called. */
export async function startNamedNetwork(): Promise<NamedNetwork> {
  const lab = await startSignInLab({ faultModule: true });
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-network-'));
  const path = (name: string) => join(dir, name);
  const [authority, stranger] = [createAuthority(), createAuthority('Nobody knows this root')];
  const at = (address: string, dnsNames: string[], by = authority): RecorderPlan => ({ address, identity: by.identity({ dnsNames }) });
  const plan: NamedHostsPlan = {
    labDir: lab.dir,
    organisations: [
      { sites: origins(OWN), addresses: PLACE, dnsNames: [...Object.values(OWN), ...DISCOVERY] },
      {
        sites: origins(HOSTED),
        addresses: { pool: PLACE.hostedPool, sts: PLACE.hostedSts, certificateHost: PLACE.hostedCertificateHost },
        dnsNames: Object.values(HOSTED),
      },
    ],
    recorders: [
      at(PLACE.front, [...DISCOVERY, ...Object.values(OWN)]),
      at(PLACE.wrong, WRONG),
      // The organisation's other name for its pool, which is not in its domain.
      at('127.0.0.1', ['localhost']),
      at(PLACE.portal, ['portal.example']),
      at(PLACE.stranger, DISCOVERY, stranger),
    ],
    files: { answers: path('answers.json'), log: path('received.jsonl') },
  };
  writeFileSync(path('plan.json'), JSON.stringify(plan));
  writeFileSync(path('roots.pem'), readFileSync(lab.env.LYNCAUTH_CA_FILE ?? '', 'utf8') + authority.pem);
  const namespace = await openNamespace([process.execPath, await buildScript('namespace/named-hosts.ts'), path('plan.json')]);
  let user = '';
  const environment = () => ({
    LYNCAUTH_SERVER: undefined,
    LYNCAUTH_TRUST_DOMAIN: undefined,
    LYNCAUTH_CA_FILE: path('roots.pem'),
    LYNCAUTH_CONFIG_DIR: user,
  });
  const command = (args: string[]) => namespace.inside([process.execPath, program, ...args]);
  return {
    lab,
    begin(names, answers = {}, faults = []) {
      // Its certificate host is a name below its own, and what signs in there has to count here.
      lab.faults('wide-cookies', ...faults);
      lab.card.clearLog();
      user = mkdtempSync(path('user-'));
      namespace.names({ ...NAMES, ...names });
      writeFileSync(plan.files.answers, JSON.stringify(answers));
      writeFileSync(plan.files.log, '');
    },
    run: (args, options = {}) => runCommand(command(args), { ...options, env: { ...lab.env, ...environment(), ...options.env } }),
    open: (args) => openTerminal(command(args), { env: { ...unanswered(lab, ['CARD']), ...environment() }, columns: 200 }),
    received: (address) => {
      const lines = readFileSync(plan.files.log, 'utf8').split('\n').slice(0, -1);
      return lines.map((line) => JSON.parse(line) as Received).filter((each) => each.address === address);
    },
    memory: () => readMemory(statePaths(lab.env, user)),
    async close() {
      await namespace.close();
      await lab.stop();
      rmSync(dir, { recursive: true });
    },
  };
}

function namesIn(domain: string): Sites {
  return { pool: `pool.${domain}`, sts: `sts.${domain}`, certificateHost: `certauth.sts.${domain}` };
}

function origins({ pool, sts, certificateHost }: Sites): Sites {
  return { pool: `https://${pool}`, sts: `https://${sts}`, certificateHost: `https://${certificateHost}` };
}
