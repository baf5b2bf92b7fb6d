/** Writes docs/interop.md of the table of outcomes. */
import { CARDS, type CardName, OUTCOMES, type Outcome, SYSTEMS, type SystemName } from './outcomes.js';

const INTRODUCTION = `<!-- Made from test/support/interop: LYNCAUTH_UPDATE_DOCS=1 npx vitest run test/unit/interop.test.ts -->

# Signing in elsewhere

A card that \`lyncauth enroll\` has enrolled is an ordinary smart card of a Windows domain: whatever takes such cards takes it. \`npm run test:system\` proves that with programs that share nothing with lyncauth (\`test/system/interop\`): a card on SoftHSM is enrolled at the practice organisation, then used by MIT's \`kinit\` and by curl with OpenSSL's PKCS#11 engine. The other cards are copies of it that have the same key and another certificate.

Each cell says whom the system takes the card's owner for, or why it refuses the card, in the words of the system's own log: what a client prints after a refusal may be the outcome of another attempt, with a password.
`;

const CLOSING = `## What to know

- **MIT Kerberos** compares the realm with the UPN of the certificate letter for letter: the realm here is \`lab.test\`, as in \`alice@lab.test\`.
- **Samba** finds the account by its \`userPrincipalName\`, whose domain need not be that of the directory: the realm here is \`AD.LAB.TEST\`. It does not look at the purposes of the certificate; a Windows domain controller and MIT Kerberos do.
- **One certificate**: \`kinit\` takes a card only when it holds exactly one certificate that fits. After a renewal with \`lyncauth enroll --replace --delete-old-key\` it does.
- **An expired certificate** is refused by \`kinit\` itself already; so that the server is asked, the client's clock is two minutes behind in that row, with which a card that is still valid is taken.
- **OpenSSH**: \`ssh-keygen -D MODULE\` lists the key of the card, for \`authorized_keys\`.
- Strong mapping, the security identifier in the certificate (KB5014754), is enforced by Windows only; no system here looks at it.
`;

/** The whole page. */
export function interopPage(): string {
  const systems = Object.keys(SYSTEMS) as SystemName[];
  const cards = Object.keys(CARDS) as CardName[];
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const head = row(['The card', ...systems.map((system) => SYSTEMS[system])]) + row(['---', ...systems.map(() => '---')]);
  const rows = cards.map((card) => row([CARDS[card], ...systems.map((system) => cell(OUTCOMES[system][card]))]));
  return `${INTRODUCTION}\n${head}${rows.join('')}\n${CLOSING}`;
}

function cell({ user, log, note }: Outcome): string {
  const result = user === undefined ? `refused: \`${log}\`` : `taken for \`${user}\``;
  return note === undefined ? result : `${result}; ${note}`;
}
