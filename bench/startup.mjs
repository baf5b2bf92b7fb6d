// Start-up cost: CPU time of `lyncauth --version` and `--help` against `node -e 0`, the smallest of several runs. Prints a table; fails when a goal is missed.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuTimes, titleOf } from './cpu-time.mjs';
import { printTable } from './table.mjs';

const rounds = 40;
const program = join(dirname(fileURLToPath(import.meta.url)), '../bin/lyncauth.js');
// A bare Node 22 or 24 starts so much faster than Node 20 that the same work is a larger part of it.
const goal = Number(process.versions.node.split('.')[0]) < 22 ? 1.4 : 1.7;
const runs = { 'node -e 0': ['-e', '0'], 'lyncauth --version': [program, '--version'], 'lyncauth --help': [program, '--help'] };

const [bare, ...programs] = cpuTimes(runs, rounds, (times) => Math.min(...times));
if (!printTable(titleOf('start-up'), 'CPU ms', [bare, ...programs.map((row) => ({ ...row, goal }))])) process.exitCode = 1;
