// Start-up cost: CPU time (user + system) of `lyncauth --version` and `--help` against `node -e 0`, the smallest of several
// runs taken in turn, so that a busy computer slows all of them alike. Prints a table; fails when a goal is missed.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { printTable } from './table.mjs';

const rounds = 40;
const program = join(dirname(fileURLToPath(import.meta.url)), '../bin/lyncauth.js');
// A bare Node 22 or 24 starts so much faster than Node 20 that the same work is a larger part of it.
const goal = Number(process.versions.node.split('.')[0]) < 22 ? 1.4 : 1.7;
const base = ['-e', '0'];
const measured = { 'lyncauth --version': [program, '--version'], 'lyncauth --help': [program, '--help'] };

/** CPU time of one run of Node, in milliseconds. Node cannot ask what its children used; the shell's `times` can, in its second line. */
function cpuTime(args) {
  const script = '"$@" >/dev/null || exit; times';
  const { status, stdout } = spawnSync('bash', ['-c', script, 'bash', process.execPath, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}`);
  const spent = stdout
    .trim()
    .split('\n')[1]
    .matchAll(/(\d+)m([\d.,]+)s/g);
  return [...spent].reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds.replace(',', '.')) * 1000, 0);
}

const least = new Map();
for (let round = 0; round < rounds; round++) {
  for (const [name, args] of [['node -e 0', base], ...Object.entries(measured)]) {
    least.set(name, Math.min(least.get(name) ?? Number.POSITIVE_INFINITY, cpuTime(args)));
  }
}

const [bare, ...programs] = [...least].map(([name, value]) => ({ name, value }));
const met = printTable(`start-up, Node ${process.versions.node}`, 'CPU ms', [bare, ...programs.map((row) => ({ ...row, goal }))]);
if (!met) process.exitCode = 1;
