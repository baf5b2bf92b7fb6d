/** docs/practice.md, made of the switches of the practice organisation and of what is known of real servers. Writes no file. */
import { accounts } from '../../../src/lab/accounts.js';
import { adfsFaults } from '../../../src/lab/adfs-fault-texts.js';
import { PRACTICE_PIN } from '../../../src/lab/environment.js';
import { caFaults, poolFaults } from '../../../src/lab/fault-texts.js';
import { enrollmentSteps, signInSteps, stepped } from '../../../src/lab/faults.js';
import { adfsSources } from './adfs.js';
import { caSources } from './ca.js';
import { isReal, type Real, type Switch } from './known.js';
import { poolSources } from './pool.js';

const SOURCE =
  '<!-- Made from src/lab and test/support/practice-page: LYNCAUTH_UPDATE_DOCS=1 npx vitest run test/unit/practice-page.test.ts -->';

export function practicePage(): string {
  const parts = [
    table('The CA', caFaults, caSources),
    table('AD FS', adfsFaults, adfsSources),
    table('The Lync pool', poolFaults, poolSources),
  ];
  return `${SOURCE}\n\n${introduction()}\n${parts.join('\n')}`;
}

function introduction(): string {
  const people = accounts.map(({ name, upn, password, email }) => `| \`${name}\` | \`${upn}\` | \`${password}\` | ${email ?? 'none'} |`);
  const code = (words: readonly string[]) => words.map((word) => `\`${word}\``).join(', ');
  return `# The practice organisation

lyncauth brings an organisation along to try everything on: a CA with its web pages, AD FS, a Lync pool, a smart card (SoftHSM) and three people. It runs on this computer only, on the loopback address, and is trusted by nobody else. It needs no account and no reader; beside lyncauth only SoftHSM must be installed (Debian: \`apt install softhsm2\`).

## A first round

\`\`\`sh
lyncauth lab run --dir practice -- lyncauth enroll --no-input --yes                  # the card gets a key and a certificate
lyncauth lab run --dir practice -- lyncauth sign-in alice@lab.test --no-input        # the card signs in
lyncauth lab log --dir practice                                                      # what CA, AD FS and pool saw
\`\`\`

\`lab run\` starts the organisation, runs one command in it and stops it again. \`--dir\` names the folder where card, certificates and sessions are kept until the next time; without it everything is gone afterwards. \`-- bash\` as the command is a shell in the organisation:

\`\`\`sh
lyncauth lab run --dir practice -- bash
lyncauth sign-in alice@lab.test
lyncauth lab fault application-expires       # from here on, the pool drops sessions at once
lyncauth status                              # no live session any more; the token is still good
lyncauth lab fault none
lyncauth sign-out
\`\`\`

In there, \`LYNCAUTH_*\` variables stand for what a person would be asked: \`lyncauth help environment\` explains each, \`env | grep LYNCAUTH\` shows them. Unset one to be asked.

| account | sign-in address | password | mail address |
|---|---|---|---|
${people.join('\n')}

The card's PIN is \`${PRACTICE_PIN}\`. Templates are \`SmartcardUser\`, \`SmartcardLogon\`, \`SmartcardSignIn\` and \`SmartcardUserApproval\`, which waits for \`lyncauth lab approve ID\` or \`lyncauth lab deny ID\`.

## What the log tells

\`lyncauth lab log\` has a line for every request, and one for every decision: who was logged on, the status, the subject of a certificate that was shown in TLS, and in brackets why AD FS or the pool refused, which real servers keep to their event logs. No password, token or cookie is in it. \`--json\` gives the same to a script.

## Switches

\`lyncauth lab fault NAME…\` replaces the switches that are on, from another terminal too (\`--dir practice\`); \`lyncauth lab run --fault NAME…\` sets them at the start; \`none\` turns all off; \`lyncauth lab fault\` lists them. They last as long as the folder. Several can be on at once.

A value is written \`NAME=VALUE\`. ${code(stepped)} can be on for one step only, as in \`slow=3000@token\`: for an enrollment ${code(enrollmentSteps)}, for a sign-in ${code(signInSteps)}. [Troubleshooting](troubleshooting.md) shows what a sign-in says to those of AD FS and the pool.

No Microsoft server was at hand when this was written, so the last column tells how sure it is that real servers are like that:

- **documented**: the servers' makers, or a standard, say so in public
- **observed**: others have published what a real server sent
- **assumed**: it follows from the rest, and was not checked
- **made up**: no server is known for it; it tries what lyncauth does then
`;
}

function table(title: string, texts: Readonly<Record<string, string>>, sources: Readonly<Record<string, Switch>>): string {
  const rows = Object.entries(texts).flatMap(([name, text]) => {
    const [usual = '', ...values] = text.split('; =');
    const source = sources[name] as Switch;
    if (isReal(source))
      return [row([name, ...values.map((value) => `${name}=${value.split(':')[0]}`)], [usual, ...values].join('; '), source)];
    return values.map((value) => {
      const [word = '', words = ''] = value.split(': ');
      return row([`${name}=${word}`], `${usual}: ${words}`, source[word] as Real);
    });
  });
  return [`### ${title}`, '', '| switch | what it does | real servers | known |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function row(spellings: readonly string[], does: string, [known, real]: Real): string {
  return `| ${spellings.map((spelling) => `\`${spelling}\``).join('<br>')} | ${does} | ${real} | ${known} |`;
}
