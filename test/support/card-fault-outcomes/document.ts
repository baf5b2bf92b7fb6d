/** docs/card-faults.md, made of the outcomes that the tests expect: what stands there has been seen. Writes no file. */
import { type ChangePinRow, type EnrollRow, FAULTS, type FaultName, type FaultSection, LOSING } from './outcome.js';

type Row = EnrollRow | ChangePinRow;

/** This page is made from the table that the tests expect: change it there. */
const SOURCE =
  '<!-- Made from test/support/card-fault-outcomes: LYNCAUTH_UPDATE_DOCS=1 npx vitest run test/unit/card-faults.test.ts -->\n\n';

const INTRODUCTION = `# When the card or its driver fails

A card can be pulled, be full, be used by another program; its driver can hang or crash. This page says for each fault, at each call that counts, how the command ends, what is then on the card, and what the same command does when it is run again. \`CARD\` stands for the name of the card, \`N\` for the limit of a call (\`--timeout SECONDS\`; without it 60, and 300 for a key).

- **Run the same command again.** An enrollment goes on where it stood and ends with one key, one certificate and one request at the CA, whatever happened before.
- **No fault costs a try of the PIN**, and no wrong PIN is given to the card twice.
- **A hang** ends the command when the limit is reached: exit code 3, \`DRIVER_TIMEOUT\`.
- **A segmentation fault** in a driver ends the program by its signal (139 in a shell); nothing can be said by then. \`lyncauth doctor\` tries every driver in a process of its own, names the one that crashes as soon as it is used, and lists the enrollment that is open with the command that goes on.
- **Another card** in the reader is noticed before a PIN or anything else goes to it: exit code 3, \`CARD_REMOVED\`.

How the commands end, where the card has not done what it was asked, and where it has and only its answer is lost:

`;

const NO_ANSWER = `
—: a login ends with the run, and a signature whose answer is lost leaves nothing on the card.

\`CKR_DEVICE_MEMORY\`, \`CKR_TOKEN_NOT_PRESENT\`, \`CKR_SESSION_HANDLE_INVALID\`, \`CKR_PIN_LOCKED\`, \`CKR_PIN_EXPIRED\` and \`CKR_FUNCTION_CANCELED\` have no row for a call that is done: a card answers so instead of doing it. A change of the PIN does not rely on that for the first three and ends with \`PIN_CHANGE_UNKNOWN\`: a wrong guess at which PIN holds would cost a try.

`;

export function cardFaults(sections: readonly FaultSection[]): string {
  const parts = sections.map(({ title, text, rows }) => `## ${title}\n\n${text}\n\n${table(rows)}`);
  return `${SOURCE}${INTRODUCTION}${overview(sections)}${NO_ANSWER}${parts.join('\n')}`;
}

function overview(sections: readonly FaultSection[]): string {
  const cellOf = (fault: FaultName, done: boolean, { rows }: FaultSection): string => {
    const row = rows.find((each) => each.fault === fault && each.done === done);
    return row === undefined ? '—' : exitOf(row);
  };
  const lines = [...FAULTS.map((fault) => [fault, false] as const), ...LOSING.map((fault) => [fault, true] as const)].map(
    ([fault, done]) => [nameOf({ fault, done }), ...sections.map((section) => cellOf(fault, done, section))],
  );
  const titles = sections.map(({ title }) => title);
  return [['Fault', ...titles], ['---', ...titles.map(() => '---')], ...lines].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

/** What two calls, or both moments of one, have in common stands in one line. */
function table(rows: readonly Row[]): string {
  const lines = new Set(
    rows.map(
      (row) =>
        `| ${[nameOf(row), row.ends === 'SIGSEGV' ? '—' : row.ends.says, exitOf(row), hintOf(row), row.holds, nextOf(row)].join(' | ')} |`,
    ),
  );
  return `| Fault | What it says | Exit code | What to do | On the card | The same command again |\n|---|---|---|---|---|---|\n${[...lines].join('\n')}\n`;
}

function nameOf({ fault, done }: Pick<Row, 'fault' | 'done'>): string {
  const name = fault === 'hang' ? 'a hang' : fault === 'crash' ? 'a segmentation fault' : `\`${fault}\``;
  return done ? `${name}, when it is done` : name;
}

function exitOf({ ends }: Row): string {
  return ends === 'SIGSEGV' ? '139' : `${ends.exit} \`${ends.code}\``;
}

function hintOf(row: Row): string {
  if (row.ends !== 'SIGSEGV') return row.ends.hint;
  return 'step' in row ? 'lyncauth doctor' : 'try the new PIN before the old one';
}

function nextOf(row: Row): string {
  if (!('step' in row)) return row.holds === 'the old PIN' ? 'changes the PIN' : '5 `PIN_INCORRECT`, one try: the new PIN is the right one';
  switch (row.step) {
    case 'making-key':
      return row.holds === 'nothing' ? 'makes the key' : 'removes that key and makes another';
    case 'key-made':
      return 'goes on with that key';
    case 'issued':
      return row.holds === 'the key' ? 'installs the certificate' : 'finds the certificate on the card';
    default:
      return 'begins anew';
  }
}
