/** The commands around a session: names, flags, help and examples. Loads none of them before it is run. */
import type { Command } from 'commander';
import { addSignInFlags, caFile } from '../commands/flags.js';
import { act, examples, explain, type Start } from './action.js';

export function addSignIn(program: Command, start: Start): void {
  const command = program
    .command('sign-in [address]')
    .description('sign in to Lync Server or Skype for Business Server with a smart card and its PIN');
  examples(
    addSignInFlags(command),
    'lyncauth sign-in',
    'lyncauth sign-in kim@contoso.com',
    'lyncauth sign-in kim@contoso.com --json --no-input --card Kim --pin-file pin',
    'lyncauth sign-in kim@contoso.com --server https://pool.contoso.com --trust-domain contoso.net',
    "lyncauth sign-in kim@contoso.com --method password --user 'CONTOSO\\kim'",
  );
  act(command, start, 'sign-in', async (context, options, args) =>
    (await import('../commands/sign-in.js')).run(context, {
      ...options,
      address: args[0],
      userGiven: command.getOptionValueSource('user') === 'cli',
      serverGiven: command.getOptionValueSource('server') === 'cli',
    }),
  );
}

export function addStatus(program: Command, start: Start): void {
  const command = program
    .command('status')
    .description('tell who is signed in, and until when; exit code 0 for signed in, 4 for not (with --quiet nothing else)')
    .option('--offline', 'do not ask the server, look only at what is stored here');
  examples(command.addOption(caFile()), 'lyncauth status', 'lyncauth status --quiet && echo signed in', 'lyncauth status --offline --json');
  act(command, start, 'status', async (context, options) => (await import('../commands/status.js')).run(context, options));
}

export function addSignOut(program: Command, start: Start): void {
  const command = program
    .command('sign-out')
    .description('end the session, at the server and on this computer')
    .option('--forget', 'also delete the stored sign-in information, as forget-credentials does');
  explain(
    command.addOption(caFile()),
    'A server that cannot be reached does not keep the session on this computer:',
    'it is removed all the same, the error says what is left there, and the exit',
    'code is that of the error. A sign-out that is interrupted while the server is',
    'asked leaves what is stored here as it was: the server may have ended the',
    'session already. Run it again.',
    'The card is not locked by it: take it out of the reader.',
  );
  examples(command, 'lyncauth sign-out', 'lyncauth sign-out --forget');
  act(command, start, 'sign-out', async (context, options) => (await import('../commands/sign-out.js')).run(context, options));
}

export function addForgetCredentials(program: Command, start: Start): void {
  const command = program
    .command('forget-credentials')
    .description('delete all sign-in information from this computer, and say what it was; the card keeps its keys and certificates')
    .option('--abandon', 'drop requests that wait at a CA as well, instead of keeping them without the name of their user');
  examples(command.addOption(caFile()), 'lyncauth forget-credentials', 'lyncauth forget-credentials --abandon --json');
  act(command, start, 'forget-credentials', async (context, options) =>
    (await import('../commands/forget-credentials.js')).run(context, options),
  );
}

export function addToken(program: Command, start: Start): void {
  const command = program
    .command('token')
    .description("print the bearer token of who is signed in, for the pool's web services; not to a terminal")
    .option('--force', 'print it to a terminal as well');
  examples(
    command,
    'lyncauth token --json | jq -r .result.expiresAt',
    // Not as an argument of curl: every user of the computer can read those.
    "lyncauth token | sed 's/^/Authorization: Bearer /' | curl -H @- https://pool.contoso.com/Autodiscover/AutodiscoverService.svc/root/oauth/user",
  );
  act(command, start, 'token', async (context, options) => (await import('../commands/token.js')).run(context, options));
}
