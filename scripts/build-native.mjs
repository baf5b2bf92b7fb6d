// Compiles native/ into native/build/Release/lyncauth.node with node-gyp. It is made in a folder of its own and moved into place whole, so that a
// program that runs meanwhile loads the old binary or the new one.
// --if-changed: does nothing while the binary is newer than what it is made of.
// --optional: a failure is a warning (npm's install script): without the addon only TLS with the card's key and the limit for driver calls are missing.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const native = join(dirname(dirname(fileURLToPath(import.meta.url))), 'native');
const binary = join(native, 'build', 'Release', 'lyncauth.node');
const sources = readdirSync(native).filter((name) => /\.(c|h|gyp)$/.test(name));

function isCurrent() {
  if (!existsSync(binary)) return false;
  return Math.max(...sources.map((name) => statSync(join(native, name)).mtimeMs)) < statSync(binary).mtimeMs;
}

/** npm's own node-gyp, as a script for node; undefined when npm is not found. npm names it to the scripts it runs. */
function npmsNodeGyp() {
  const named = process.env.npm_config_node_gyp;
  if (named !== undefined && named !== '') return named;
  const programs = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'npm'));
  const roots = programs.filter((program) => existsSync(program)).map((program) => dirname(dirname(realpathSync(program))));
  // Beside node.exe on Windows, where `npm` is a script that is no link.
  roots.push(join(dirname(process.execPath), 'node_modules', 'npm'));
  return roots.map((root) => join(root, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js')).find((path) => existsSync(path));
}

/** The headers that came with this Node, if it brought OpenSSL's too; node-gyp downloads what it is not told of. */
function headerOptions() {
  if (process.env.npm_config_nodedir !== undefined) return [];
  const root = resolve(dirname(process.execPath), '..');
  const wanted = ['node_api.h', 'uv.h', join('openssl', 'core_dispatch.h')];
  return wanted.every((name) => existsSync(join(root, 'include', 'node', name))) ? [`--nodedir=${root}`] : [];
}

function runNodeGyp(folder) {
  const script = npmsNodeGyp();
  const options = ['rebuild', '--release', ...headerOptions()];
  const [command, args] = script === undefined ? ['node-gyp', options] : [process.execPath, [script, ...options]];
  const { error, status, signal, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    shell: script === undefined && process.platform === 'win32',
  });
  if (error?.code === 'ENOENT') throw new Error('node-gyp was not found: neither npm nor node-gyp is on the PATH');
  if (error !== undefined) throw error;
  if (status === 0) return `${stdout}${stderr}`;
  throw Object.assign(new Error(`node-gyp ended with ${status ?? signal}`), { output: `${stdout}${stderr}` });
}

function build() {
  mkdirSync(dirname(binary), { recursive: true });
  const folder = mkdtempSync(join(native, 'build', 'making-'));
  try {
    const started = new Date();
    for (const name of sources) copyFileSync(join(native, name), join(folder, name));
    const output = runNodeGyp(folder);
    const made = join(folder, 'build', 'Release', 'lyncauth.node');
    // Older than a source that was changed during the build.
    utimesSync(made, started, started);
    renameSync(made, binary);
    return output.split('\n').filter((line) => line.includes('warning:'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The line of a build's output that says most. */
function firstError(output = '') {
  const lines = output.split('\n').map((line) => line.trim());
  return (
    lines.find((line) => /\berror:/i.test(line)) ?? lines.find((line) => line.startsWith('gyp ERR! stack'))?.slice('gyp ERR! stack '.length)
  );
}

const optional = process.argv.includes('--optional');
if (!(process.argv.includes('--if-changed') && isCurrent())) {
  try {
    for (const warning of build()) console.error(warning);
  } catch (error) {
    if (!optional && error.output !== undefined) console.error(error.output.trimEnd());
    const reason = [error.message, firstError(error.output)].filter((text) => text !== undefined).join(': ');
    console.error(`lyncauth: ${optional ? 'warning' : 'error'}: the addon that lets TLS use the card was not compiled: ${reason}`);
    console.error(
      `lyncauth: hint: install a C compiler, make and Python 3, then run ${optional ? 'npm rebuild -g lyncauth --allow-scripts=lyncauth --foreground-scripts' : 'npm run build:native'}`,
    );
    if (!optional) process.exitCode = 1;
  }
}
