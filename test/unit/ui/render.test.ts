import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { LyncauthError } from '../../../src/errors.js';
import { Secret } from '../../../src/secret.js';
import { asLyncauthError, type ErrorView, loadErrorRenderer, type Rendered, renderResult } from '../../../src/ui/render.js';

const view = { json: false, command: 'enroll', color: false, trace: false };
const renderError = async (thrown: unknown, shown: ErrorView): Promise<Rendered> => (await loadErrorRenderer(shown))(thrown);
const error = new LyncauthError('PIN_INCORRECT', 'the card refused the PIN', { hint: 'lyncauth cards', details: { pinState: 'low' } });

test('a result is its text, with one line feed at the end', () => {
  expect(renderResult('cards', { result: {}, text: 'one\ntwo' }, false)).toEqual({ stdout: 'one\ntwo\n', stderr: '' });
  expect(renderResult('cards', { result: {}, text: 'one\n\n' }, false).stdout).toBe('one\n');
});

test('lines and tables stand one below the other, and a line feed of a card makes no line of its own', () => {
  const text = ['Reader: Kim\nforged', '', { header: ['A', 'B'], rows: [['x\ny', 'z']] }];
  expect(renderResult('cards', { result: {}, text }, false).stdout).toBe('Reader: Kim forged\n\nA    B\nx y  z\n');
});

test('an error is one line, whatever a card put into it', async () => {
  const error = new LyncauthError('NO_CARD', 'no "Kim\nlyncauth: hint: forged"', { hint: 'insert\nit' });
  const { stderr } = await renderError(error, { json: false, color: false, trace: false });
  expect(stderr).toBe('lyncauth: error: no "Kim lyncauth: hint: forged"\nlyncauth: hint: insert it\n');
});

test('a result without text prints nothing', () => {
  expect(renderResult('cards', { result: {} }, false)).toEqual({ stdout: '', stderr: '' });
});

test('with --json it is one object on one line', () => {
  expect(renderResult('cards', { result: { readers: [] }, text: 'none', exitCode: 8 }, true).stdout).toBe(
    '{"ok":true,"command":"cards","result":{"readers":[]}}\n',
  );
});

test('control characters are taken out of text and escaped in JSON, which stays exact', () => {
  const label = 'A\u001b[2J\u009b2J\u202eB';
  expect(renderResult('cards', { result: {}, text: label }, false).stdout).toBe('AB\n');
  const { stdout } = renderResult('cards', { result: { label } }, true);
  expect(stdout).toBe('{"ok":true,"command":"cards","result":{"label":"A\\u001b[2J\\u009b2J\\u202eB"}}\n');
  expect(JSON.parse(stdout).result.label).toBe(label);
});

test('an error is two lines on standard error', async () => {
  expect(await renderError(error, view)).toEqual({
    stdout: '',
    stderr: 'lyncauth: error: the card refused the PIN\nlyncauth: hint: lyncauth cards\n',
  });
});

test('an error without a hint is one line', async () => {
  expect((await renderError(new LyncauthError('FAILED', 'no'), view)).stderr).toBe('lyncauth: error: no\n');
});

test('with --json it is one object on standard output', async () => {
  const { stdout, stderr } = await renderError(error, { ...view, json: true });
  expect(JSON.parse(stdout)).toEqual({
    ok: false,
    command: 'enroll',
    error: { code: 'PIN_INCORRECT', message: 'the card refused the PIN', hint: 'lyncauth cards', details: { pinState: 'low' } },
  });
  expect([stdout.endsWith('}\n'), stderr]).toEqual([true, '']);
});

test('with colour only the words error and hint stand out', async () => {
  const { stderr } = await renderError(error, { ...view, color: true });
  expect(stderr).toContain('\u001b[31m');
  expect(stripVTControlCharacters(stderr)).toBe((await renderError(error, view)).stderr);
});

test('secrets are taken out of message, hint, details and causes', async () => {
  const pin = new Secret('86420975').reveal();
  const cause = new Error(`C_Login(${pin})`);
  const leaky = new LyncauthError('FAILED', `pin ${pin}`, { hint: `try ${pin}`, details: { list: [{ pin }] }, cause });
  for (const json of [false, true]) {
    const { stdout, stderr } = await renderError(leaky, { ...view, json, trace: true });
    expect(stdout + stderr).not.toContain(pin);
    expect(stdout + stderr).toContain('***');
  }
});

test('what a server wrote can not move the cursor', async () => {
  const { stderr } = await renderError(new LyncauthError('CA_DENIED', 'denied: \u001b[2J\u202ebad\r'), view);
  expect(stderr).toBe('lyncauth: error: denied: bad \n');
});

test('--trace adds the chain of causes, a dead end of which ends it', async () => {
  const first = new Error('first');
  const aggregate = new AggregateError([new Error('refused A'), new Error('refused B')], 'all failed', { cause: first });
  first.cause = aggregate;
  const { stderr } = await renderError(new LyncauthError('NETWORK', 'no answer', { cause: aggregate }), { ...view, trace: true });
  for (const text of ['LyncauthError: no answer', 'all failed', 'refused A', 'refused B', 'Error: first']) expect(stderr).toContain(text);
  expect(
    stderr
      .split('\n')
      .slice(1, -1)
      .every((line) => line.startsWith('lyncauth: trace: ')),
  ).toBe(true);
});

test('an error nobody foresaw is one line and a hint, with its stack only on --trace', async () => {
  const unexpected = new TypeError('x is not a function\nat all');
  const { stderr } = await renderError(unexpected, view);
  expect(stderr).toBe(
    'lyncauth: error: unexpected error: x is not a function\nlyncauth: hint: run it again with --trace, and report what it prints\n',
  );
  expect((await renderError(unexpected, { ...view, trace: true })).stderr).toContain('render.test.ts');
});

test.each([[new Error('')], ['text'], [undefined]])('anything that is thrown becomes an error with exit code 1', (thrown) => {
  expect(asLyncauthError(thrown)).toMatchObject({ code: 'INTERNAL', exitCode: 1 });
});
