/** docs/troubleshooting.md, made of the outcomes that the tests expect: what stands there has been seen. Writes no file. */
import { describeFault, parseFault } from '../../../src/lab/faults.js';
import type { Conditions, Refused, Section, SignedIn } from './outcome.js';

const INTRODUCTION = `# Troubleshooting a sign-in

A sign-in that fails ends in two lines: what happened, with the server it happened at, and what to do next.

\`\`\`
lyncauth: error: ADFS:49443 does not accept the certificate on the card: it does not trust the CA that issued it (status 204)
lyncauth: hint: ask the administrator of AD FS to trust the card's CA on every AD FS server and web application proxy
\`\`\`

Over the phone, ask for these two lines, or for the output with \`--json\`, which has them as \`message\` and \`hint\` beside \`error.code\`. Then:

1. **The exit code tells where to look**: 2 what was asked for or is missing, 3 the card, 4 who the user is and what the servers allow, 5 and 6 the PIN, 9 the network or a server, 10 another run of lyncauth ([all of them](exit-codes.md)).
2. **Find the sentence below.** \`POOL\`, \`ADFS\` and \`ADFS:49443\` stand for the hosts of your organisation, \`CARD\` for the name of the card, \`UUID\` for an identifier.
3. **If it is not enough**, \`lyncauth sign-in -v\` shows every request and which server answered what; no PIN, password, cookie or token is in it, so it can be passed on.

Whatever you find here can be seen without a card or a server. The last column names the switches and arguments that bring it about in the practice organisation:

\`\`\`sh
lyncauth lab run --dir practice -- lyncauth enroll --yes
lyncauth lab run --dir practice --fault adfs-fail=204 -- lyncauth sign-in alice@lab.test
lyncauth lab run --dir practice --fault none -- lyncauth sign-in alice@lab.test
\`\`\`

`;

const NOT_IN_THE_WAY = `## What does not keep a card from signing in

Servers of different ages, and set up in different ways, with which the card signs in all the same; in the last rows WS-Trust leads in where the page does not. \`lyncauth status\` tells the method. \`certificate-host\` needs a computer on which the name certauth.localhost leads back to it.

`;

/** This page is made from the table that the tests expect: change it there. */
const SOURCE =
  '<!-- Made from test/support/sign-in-outcomes: LYNCAUTH_UPDATE_DOCS=1 npx vitest run test/unit/troubleshooting.test.ts -->\n\n';

export function troubleshooting(sections: readonly Section[], signedIn: readonly SignedIn[]): string {
  const parts = sections.map(({ title, text, rows }) => `## ${title}\n\n${text}\n\n${refusals(rows)}`);
  return `${SOURCE}${INTRODUCTION}${parts.join('\n')}\n${NOT_IN_THE_WAY}${traits(signedIn)}`;
}

function refusals(rows: readonly Refused[]): string {
  const same = new Map<string, string[]>();
  for (const row of rows) {
    const { exit, code, says, hint } = row;
    const start = `| ${cell(says)} | ${exit} \`${code}\` | ${cell(hint)} | `;
    same.set(start, [...(same.get(start) ?? []), circumstances(row)]);
  }
  const lines = [...same].map(([start, when]) => `${start}${when.join('<br>')} |`);
  return ['| What it says | Exit code | What to do | To see it |', '|---|---|---|---|', ...lines, ''].join('\n');
}

function traits(rows: readonly SignedIn[]): string {
  const lines = rows
    .filter(({ faults, args, instead }) => faults.length === 1 && (args.length === 0 || instead !== undefined))
    .map(
      (row) =>
        `| ${row.faults.map((fault) => cell(describeFault(parseFault(fault)))).join('; ')} | ${circumstances(row)} | ${row.method} |`,
    );
  return ['| What is different | To see it | Signs in by |', '|---|---|---|', ...lines, ''].join('\n');
}

function circumstances({ faults, args, given }: Conditions): string {
  const words = [...faults, ...args].join(' ');
  return [...(given === undefined ? [] : [given]), ...(words === '' ? [] : [`\`${words}\``])].join(', ');
}

/** As the text of a cell (GitHub Flavored Markdown). */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
