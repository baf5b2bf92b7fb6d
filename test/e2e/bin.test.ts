/** bin/lyncauth.js says in plain words what keeps the program from starting. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
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

/** The program without its dist/; removed when the test ends. */
function unbuilt(): string {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-unbuilt-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  cpSync(dirname(program), join(dir, 'bin'), { recursive: true });
  cpSync(join(dirname(program), '../package.json'), join(dir, 'package.json'));
  return dir;
}

test('in a clone that has not been built it names the command that builds', async () => {
  const result = await runCommand([process.execPath, join(unbuilt(), 'bin/lyncauth.js'), '--version']);
  expect(result).toMatchObject({ code: 1, stdout: '' });
  expect(result.stderr).toContain('lyncauth: hint: run npm run build\n');
});

test.each([
  ['a part that is missing', "require('./part.cjs');", "Cannot find module './part.cjs'"],
  ['an error while it is loaded', "throw new Error('broken');", 'Error: broken'],
  ['an error that leaves main', "exports.main = async () => { throw new Error('broken'); };", 'Error: broken'],
])('what else is wrong with dist/ is told as it is: %s', async (_, main, message) => {
  const dir = unbuilt();
  mkdirSync(join(dir, 'dist'));
  writeFileSync(join(dir, 'dist/main.cjs'), main);
  const result = await runCommand([process.execPath, join(dir, 'bin/lyncauth.js'), '--version']);
  expect(result).toMatchObject({ code: 1, stdout: '' });
  expect(result.stderr).toContain(message);
  expect(result.stderr).not.toContain('lyncauth: ');
});
