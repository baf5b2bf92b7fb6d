/** Help for a command, or for a topic that belongs to none. */
import type { Outcome } from '../context.js';
import { ERROR_EXIT_CODES, EXIT, LyncauthError } from '../errors.js';

/** The part of the command tree that help is made of. */
export interface HelpTree {
  name(): string;
  readonly commands: readonly HelpTree[];
  readonly options: readonly { envVar?: string | undefined; long?: string | null | undefined; description: string }[];
  helpInformation(): string;
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
];

const SIGNALS = '129  ended by HUP\n130  ended by Ctrl-C\n143  ended by TERM';

/** @throws LyncauthError USAGE for a topic that does not exist */
export async function run(program: HelpTree, topic: string[]): Promise<Outcome> {
  if (topic[0] === 'exit-codes') return { result: { codes: ERROR_EXIT_CODES }, text: exitCodes() };
  if (topic[0] === 'environment') return { result: {}, text: environment(program) };
  let command = program;
  for (const word of topic) {
    const next = command.commands.find((child) => child.name() === word);
    if (next === undefined) throw new LyncauthError('USAGE', `there is no help for '${topic.join(' ')}'`, { hint: 'lyncauth help' });
    command = next;
  }
  return { result: {}, text: command.helpInformation() };
}

function exitCodes(): string {
  const codes = MEANINGS.map(([code, meaning]) => {
    const names = Object.entries(ERROR_EXIT_CODES).flatMap(([name, exit]) => (exit === code ? [name] : []));
    return `${String(code).padStart(3)}  ${meaning}${names.length === 0 ? '' : `\n     ${names.join(' ')}`}`;
  });
  return `${codes.join('\n')}\n${SIGNALS}\n`;
}

function environment(program: HelpTree): string {
  const twins = new Map<string, string>();
  const visit = (command: HelpTree) => {
    for (const option of command.options)
      if (option.envVar !== undefined) twins.set(option.envVar, `${option.long} (${option.description})`);
    for (const child of command.commands) visit(child);
  };
  visit(program);
  const lines = [...twins].sort(([a], [b]) => a.localeCompare(b)).map(([name, flag]) => `${name.padEnd(24)} ${flag}`);
  return `A flag wins over its variable, the variable over lyncauth config.\n\n${lines.join('\n')}\n`;
}
