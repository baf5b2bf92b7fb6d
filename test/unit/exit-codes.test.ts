/** docs/exit-codes.md lists every error code under the exit code that it ends with. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ERROR_EXIT_CODES, EXIT } from '../../src/errors.js';

const text = readFileSync(join(import.meta.dirname, '../../docs/exit-codes.md'), 'utf8');
const rows = [...text.matchAll(/^\| (\d+) \|.*\| (.*) \|$/gm)].map(([, code, names]) => ({
  code: Number(code),
  names: [...(names ?? '').matchAll(/`(\w+)`/g)].map((match) => match[1] ?? ''),
}));

test('the document has a row for every exit code', () => {
  expect(rows.map((row) => row.code)).toEqual(expect.arrayContaining(Object.values(EXIT)));
});

test('the document names every error code, at the right row', () => {
  const documented = rows.flatMap(({ code, names }) => names.map((name) => [name, code]));
  expect(Object.fromEntries(documented)).toEqual(ERROR_EXIT_CODES);
});
