/** The addon compiled with AddressSanitizer and UndefinedBehaviorSanitizer, and what a Node that was compiled without needs to load it. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ProgramRun } from './native-program.js';

const root = join(import.meta.dirname, '../..');
const sources = join(root, 'native');
const compiler = process.env.CC ?? 'cc';
const FLAGS = [
  ...['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer', '-g', '-O1'],
  ...['-shared', '-fPIC', '-pthread'],
];

/** How a process says that a sanitizer stopped it: no other status of these programs. */
export const SANITIZER_EXIT = 99;

/** Compiles native/*.c, once for each state of the sources, and says how to run a program with it. */
export function buildSanitizedAddon(): ProgramRun {
  const files = readdirSync(sources).filter((name) => /\.[ch]$/.test(name));
  return { addon: compile('lyncauth', sources, files), env: sanitizerEnvironment() };
}

/** The same for a small addon that makes the memory errors it is told to: what shows that the sanitizers are awake. */
export function buildFaultyAddon(): ProgramRun {
  return { addon: compile('faulty', join(root, 'test/fixtures/native'), ['faulty.c']), env: sanitizerEnvironment() };
}

function compile(name: string, folder: string, files: string[]): string {
  const headers = nodeHeaders();
  const hash = createHash('sha256').update(JSON.stringify([FLAGS, headers, compiler]));
  for (const file of files.sort()) hash.update(file).update(readFileSync(join(folder, file)));
  const target = join(root, '.cache/sanitized', hash.digest('hex').slice(0, 16));
  const path = join(target, `${name}.node`);
  if (existsSync(path)) return path;
  mkdirSync(target, { recursive: true });
  // Test files run side by side: each compiles to a name of its own, the last one there wins.
  const own = join(target, `${process.pid}.node`);
  const code = files.filter((file) => file.endsWith('.c')).map((file) => join(folder, file));
  execFileSync(compiler, [...FLAGS, '-DNAPI_VERSION=8', '-o', own, ...code, `-I${headers}`], { stdio: 'inherit' });
  renameSync(own, path);
  return path;
}

/** Where node_api.h is: beside this Node, or wherever the Node on the PATH has it (Node-API is the same in all versions). */
export function nodeHeaders(): string {
  const configured = process.env.npm_config_nodedir;
  const prefixes = [configured, dirname(dirname(process.execPath)), '/usr', '/usr/local'];
  for (const prefix of prefixes) {
    const folder = prefix === undefined ? undefined : resolve(prefix, 'include/node');
    if (folder !== undefined && existsSync(join(folder, 'node_api.h'))) return folder;
  }
  throw new Error(`Node's headers (include/node/node_api.h) are not in ${prefixes.filter(Boolean).join(', ')}`);
}

/** Node itself was not compiled for the sanitizers: their libraries have to be in the process before it. */
function sanitizerEnvironment(): Record<string, string> {
  const library = (name: string) => execFileSync(compiler, [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
  return {
    LD_PRELOAD: `${library('libasan.so')} ${library('libubsan.so')}`,
    // No leaks: those of Node itself are reported too. A status of its own, so that a report is not taken for an answer.
    ASAN_OPTIONS: `detect_leaks=0:exitcode=${SANITIZER_EXIT}:detect_stack_use_after_return=1`,
    UBSAN_OPTIONS: `halt_on_error=1:print_stacktrace=1:exitcode=${SANITIZER_EXIT}`,
  };
}
