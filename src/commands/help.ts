/** Help for a command, or for a topic that belongs to none. */
import type { Outcome } from '../context.js';
import { ERROR_EXIT_CODES, EXIT, LyncauthError } from '../errors.js';

/** The part of the command tree that help is made of. */
export interface HelpTree {
  name(): string;
  readonly commands: readonly HelpTree[];
  readonly options: readonly { envVar?: string | undefined; long?: string | null | undefined; description: string }[];
  configureOutput(configuration: { writeOut(text: string): void }): unknown;
  outputHelp(): void;
}

const MEANINGS: [number, string][] = [
  [EXIT.ok, 'done'],
  [EXIT.failed, 'failed'],
  [EXIT.usage, 'wrong usage, or an answer is needed and nobody may be asked'],
  [EXIT.card, 'no PKCS#11 module, reader or card, or the card failed'],
  [EXIT.refused, 'not signed in, or a server refused the logon'],
  [EXIT.pinWrong, 'the PIN is wrong'],
  [EXIT.pinBlocked, 'the PIN is blocked, or its last try was refused'],
  [EXIT.denied, 'the CA denied the request'],
  [EXIT.pending, 'the request waits for approval at the CA'],
  [EXIT.network, 'network or server'],
  [EXIT.busy, 'another run holds this card'],
  [129, 'ended by SIGHUP'],
  [EXIT.interrupted, 'ended by Ctrl-C (SIGINT)'],
  [143, 'ended by SIGTERM'],
];

/** Variables that are no flag's twin. */
const OTHERS: Variable[] = [
  { name: 'LYNCAUTH_PIN', description: 'the PIN, only with --allow-pin-env' },
  { name: 'HTTPS_PROXY', description: 'proxy for connections to servers' },
  { name: 'NO_PROXY', description: 'hosts that are reached without it' },
  { name: 'SSL_CERT_FILE', description: 'certificates (PEM) to trust instead of those of this computer' },
  { name: 'NO_COLOR', description: 'no colour, if it is not empty' },
];

interface Variable {
  name: string;
  /** The flag that wins over it. */
  flag?: string;
  description: string;
}

/** @throws LyncauthError USAGE for a topic that does not exist */
export async function run(program: HelpTree, topic: string[]): Promise<Outcome> {
  if (topic.join(' ') === 'exit-codes') return { result: { codes: ERROR_EXIT_CODES }, text: exitCodes() };
  if (topic.join(' ') === 'environment') return environment(program);
  let command = program;
  for (const word of topic) {
    const next = command.commands.find((child) => child.name() === word);
    if (next === undefined) throw new LyncauthError('USAGE', `there is no help for '${topic.join(' ')}'`, { hint: 'lyncauth help' });
    command = next;
  }
  const text = helpOf(command);
  return { result: { text }, text };
}

/** With the examples, which are no part of what the tree calls its help information. */
function helpOf(command: HelpTree): string {
  let help = '';
  const writeOut = (text: string): void => {
    help += text;
  };
  command.configureOutput({ writeOut });
  command.outputHelp();
  return help;
}

function exitCodes(): string {
  const codes = MEANINGS.map(([code, meaning]) => {
    const names = Object.entries(ERROR_EXIT_CODES).flatMap(([name, exit]) => (exit === code ? [name] : []));
    return `${String(code).padStart(3)}  ${meaning}${names.length === 0 ? '' : `\n     ${names.join(' ')}`}`;
  });
  return `${codes.join('\n')}\n`;
}

function environment(program: HelpTree): Outcome {
  const variables = [...twins(program), ...OTHERS];
  const rows = variables.map(({ name, flag, description }) => [name, flag ?? '', description]);
  return {
    result: { variables },
    text: ['A flag wins over its variable, the variable over lyncauth config.', '', { header: ['VARIABLE', 'FLAG', 'MEANING'], rows }],
  };
}

/** The variables that stand in for flags, by name. */
function twins(program: HelpTree): Variable[] {
  const found = new Map<string, Variable>();
  const visit = (command: HelpTree) => {
    for (const { envVar, long, description } of command.options)
      if (envVar !== undefined) found.set(envVar, { name: envVar, flag: long ?? '', description });
    for (const child of command.commands) visit(child);
  };
  visit(program);
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
}
