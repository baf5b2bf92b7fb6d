/** bin/lyncauth.js says in plain words what keeps the program from starting. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { program, runCommand } from '../support/cli.js';

test('on an old Node it names the version that is needed', async () => {
  const pretend = "Object.defineProperty(process.versions, 'node', { value: '20.18.3' })";
  const result = await runCommand([
    process.execPath,
    '--import',
    `data:text/javascript,${encodeURIComponent(pretend)}`,
    program,
    '--version',
  ]);
  expect(result).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'lyncauth: error: this is Node.js 20.18.3, which is too old\nlyncauth: hint: install Node.js 20.19 or newer\n',
  });
});

test('in a clone that has not been built it names the command that builds', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-unbuilt-'));
  try {
    cpSync(dirname(program), join(dir, 'bin'), { recursive: true });
    cpSync(join(dirname(program), '../package.json'), join(dir, 'package.json'));
    const result = await runCommand([process.execPath, join(dir, 'bin/lyncauth.js'), '--version']);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toContain('lyncauth: hint: run npm run build\n');
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
