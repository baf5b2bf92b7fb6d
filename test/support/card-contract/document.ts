/** docs/cards.md, made of the contract and of what the tests expect in its cells: what stands there has been measured. Writes no file. */
import type { Cell } from './cell.js';
import { type Expected, expected } from './expected.js';
import type { StackKind } from './stack.js';

/** This page is made from the table that the tests expect: change it there. */
const SOURCE = '<!-- Made from test/support/card-contract: LYNCAUTH_UPDATE_DOCS=1 npm run test:cards -->\n\n';

const INTRODUCTION = `# What each kind of card can do

Every kind of card goes through the same contract, from the first look at it to a PIN that is blocked and unblocked, in \`npm run test:cards\`. This page is what the cards did: \`lyncauth\` itself wherever a command shows it, with its exit code where that is not 0, and \`CKR_\` names as the driver gave them. A number in brackets is a note below: what a card or its driver cannot do, and why.

`;

const AFTER_STACKS = `
Real cards differ in what their makers built: this is how their drivers behave, not a promise for every card. \`lyncauth doctor\` and \`lyncauth cards\` say what there is on your computer.

`;

export function cardsPage(kinds: readonly StackKind[], cells: readonly Cell[]): string {
  const notes: string[] = [];
  const shown = (value: Expected): string => {
    if (typeof value === 'string') return value;
    if (!notes.includes(value.because)) notes.push(value.because);
    return `${value.cannot} (${notes.indexOf(value.because) + 1})`;
  };
  const row = (first: string, others: readonly string[]) => `| ${[first, ...others].join(' | ')} |\n`;
  const titles = kinds.map(({ title }) => title);
  const table = [
    row('', titles),
    row(
      '---',
      titles.map(() => '---'),
    ),
    ...cells.map(({ id, title }) =>
      row(
        title,
        kinds.map((kind) => shown(expected[id][kind.id])),
      ),
    ),
  ];
  const stacks = kinds.map(({ title, text }) => `- **${title}**: ${text}\n`);
  const explained = cells.map(({ title, text }) => `- **${title}**: ${text}\n`);
  const numbered = notes.map((note, index) => `${index + 1}. ${note[0]?.toUpperCase()}${note.slice(1)}\n`);
  const sections = [`${table.join('')}\n`, ...numbered, '\n## What was done\n\n', ...explained];
  return [SOURCE, INTRODUCTION, ...stacks, AFTER_STACKS, ...sections].join('');
}
