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
  [EXIT.pinWrong, 'the PIN, PUK or SO PIN is wrong'],
  [EXIT.pinBlocked, 'the PIN, PUK or SO PIN is blocked, or only its last try is left and nobody can be asked'],
  [EXIT.denied, 'the CA denied the request'],
  [EXIT.pending, 'the request waits for approval at the CA'],
  [EXIT.network, 'the network or a server failed, a server is outside of your organisation, or what the CA did with a request is unknown'],
  [EXIT.busy, 'another run holds this card, or is signing in or out'],
  [129, 'ended by SIGHUP'],
  [EXIT.interrupted, 'ended by Ctrl-C (SIGINT)'],
  [143, 'ended by SIGTERM'],
];

/** Variables that are no flag's twin. */
const OTHERS: Variable[] = [
  { name: 'LYNCAUTH_PIN', description: 'the PIN, only with --allow-pin-env' },
  { name: 'HTTPS_PROXY', description: 'proxy for connections to servers' },
  { name: 'HTTP_PROXY', description: 'proxy for finding the servers of an address where that is asked without encryption' },
  { name: 'NO_PROXY', description: 'hosts that are reached without it' },
  { name: 'SSL_CERT_FILE', description: 'certificates (PEM) to trust instead of those of this computer' },
  { name: 'NO_COLOR', description: 'no colour, if it is not empty' },
];

/** What a variable means that stands for flags of several commands with different purposes. */
const SHARED: Readonly<Record<string, string>> = {
  LYNCAUTH_USER: "domain account, 'DOMAIN\\user' or user@domain, for the CA's page and for signing in by password",
  LYNCAUTH_KEY_ID: 'the key to use, as lyncauth cards shows it',
};

/** Of a terminal that nobody made wider. */
const COLUMNS = 80;

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
    const lines = [meaning, names.join(' ')].flatMap((text) => wrap(text, COLUMNS - 5));
    return `${String(code).padStart(3)}  ${lines.join('\n     ')}`;
  });
  return `${codes.join('\n')}\n`;
}

function environment(program: HelpTree): Outcome {
  const variables = [...twins(program), ...OTHERS];
  const widest = (cells: string[]) => Math.max(...cells.map((cell) => cell.length));
  const left = widest(variables.map(({ name }) => name)) + widest(variables.map(({ flag }) => flag ?? '')) + 4;
  const rows = variables.flatMap(({ name, flag = '', description }) =>
    wrap(description, COLUMNS - left).map((line, index) => (index === 0 ? [name, flag, line] : ['', '', line])),
  );
  return {
    result: { variables },
    text: ['A flag wins over its variable, the variable over lyncauth config.', '', { header: ['VARIABLE', 'FLAG', 'MEANING'], rows }],
  };
}

/** The variables that stand in for flags, by name; of several descriptions the shortest, which is the most general. */
function twins(program: HelpTree): Variable[] {
  const found = new Map<string, Variable>();
  const visit = (command: HelpTree) => {
    for (const { envVar, long, description } of command.options)
      if (envVar !== undefined && description.length < (found.get(envVar)?.description.length ?? Number.POSITIVE_INFINITY))
        found.set(envVar, { name: envVar, flag: long ?? '', description: SHARED[envVar] ?? description });
    for (const child of command.commands) visit(child);
  };
  visit(program);
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** `text` in lines of at most `columns` characters, unless a word is longer; none for no text. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').filter((each) => each !== '')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= columns) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
