/** What a server says, made fit to stand in a sentence: one line, not long, and nothing of what we sent it. */
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/secret.js';
import { serverText } from '../../../src/sign-in/server-text.js';
import { readDiagnostics, readSignals } from '../../../src/sign-in/signals.js';

const TOKEN = `cwt=${'AAEBHAEFAAAA'.repeat(50)}end-of-it`;
new Secret(TOKEN);
new Secret('two  words\nand more');

test('a text of several lines is one, of at most 200 characters', () => {
  expect(serverText(' Not\r\n\u202ehere. ')).toBe('Not here.');
  expect(serverText('x'.repeat(5000))).toBe(`${'x'.repeat(200)}…`);
  expect([serverText(undefined), serverText(7), serverText(' \n')]).toEqual([undefined, undefined, undefined]);
});

describe('a secret that is longer than what is shown leaves nothing of itself', () => {
  test.each([
    ['alone', TOKEN],
    ['behind so many words that only its beginning would be shown', `${'x'.repeat(150)} ${TOKEN}`],
    ['behind more than is searched otherwise', `${' '.repeat(1500)}${TOKEN}`],
    ['in an address', `https://pool.lab.test/?token=${encodeURIComponent(TOKEN)}`],
  ])('%s', (_, text) => {
    const shown = serverText(text);
    expect(shown).toMatch(/\*\*\*$/);
    expect(shown).not.toContain('AAEB');
  });

  test('in a header of 16 KiB', () => {
    const { reason } = readDiagnostics(`28000;source="${'x'.repeat(3500)}";reason="${TOKEN}"`);
    expect(reason).toBe('***');
  });

  test('in a challenge, an error of OAuth and one of UCWA', async () => {
    const body = (value: unknown) => Buffer.from(JSON.stringify(value));
    const challenge = `Bearer realm="${'x'.repeat(3800)}", error_description="${TOKEN}"`;
    const answers = [
      { headers: { 'www-authenticate': challenge }, body: body({}) },
      { headers: {}, body: body({ error: TOKEN, error_description: TOKEN }) },
      { headers: {}, body: body({ code: TOKEN, message: `cannot use Bearer ${TOKEN}` }) },
    ];
    for (const answer of answers) {
      const signals = await readSignals({ status: 500, ...answer });
      expect(signals.reason).toMatch(/\*\*\*$/);
      expect(JSON.stringify(signals)).not.toContain('AAEB');
    }
  });
});

test('a secret is found before its blanks and line breaks are gone', () => {
  expect(serverText('it says "two  words\nand more"')).toBe('it says "***"');
});
