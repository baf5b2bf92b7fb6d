/** `lyncauth token`: the one command that shows a secret, and only where it is asked to. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openProgram } from '../support/dialog.js';
import { useSignInLab } from '../support/signed-in.js';

const lab = useSignInLab();

function session() {
  const file = join(lab.dir, 'config/sign-in/session.json');
  return { file, content: JSON.parse(readFileSync(file, 'utf8')) };
}

test('prints the token and nothing else', async () => {
  await lab.signIn();
  const { token, server, expiresAt } = session().content;
  expect(await lab.run(['token'])).toMatchObject({ code: 0, stdout: `${token}\n`, stderr: '' });
  expect((await lab.run(['token', '--json'])).json()).toEqual({
    ok: true,
    command: 'token',
    result: { token, expiresAt, server, address: 'alice@lab.test' },
  });
});

test('nobody is signed in: 4', async () => {
  const run = await lab.run(['token', '--json']);
  expect(run.json().error).toMatchObject({ code: 'NOT_SIGNED_IN', hint: 'lyncauth sign-in' });
  expect(run.code).toBe(4);
});

test('one that has ended is not printed: 4', async () => {
  await lab.signIn();
  const { file, content } = session();
  writeFileSync(file, JSON.stringify({ ...content, expiresAt: new Date(Date.now() - 1000).toISOString() }), { mode: 0o600 });
  const run = await lab.run(['token', '--json']);
  expect(run.json().error).toMatchObject({ code: 'TOKEN_EXPIRED', hint: 'lyncauth sign-in' });
  expect(run.code).toBe(4);
  expect(run.stdout + run.stderr).not.toContain(content.token);
});

test('a terminal does not get it without --force', async () => {
  await lab.signIn();
  const { token } = session().content;
  for (const [args, code] of [
    [['token'], 2],
    [['token', '--json'], 2],
    [['token', '--force'], 0],
  ] as const) {
    const terminal = openProgram([...args], { env: lab.env, columns: 0 });
    expect(await terminal.exit()).toEqual({ code, signal: null });
    expect(terminal.raw().includes(token)).toBe(code === 0);
  }
});
