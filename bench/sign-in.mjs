// What a sign-in with a card costs, and what comes after it: CPU time against `node -e 0`, at the practice organisation, whose own work does not count.
// Prints a table; fails when a goal is missed.
import { execFileSync, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuTimes, titleOf } from './cpu-time.mjs';
import { printTable } from './table.mjs';

const rounds = 21;
const here = fileURLToPath(import.meta.url);
const program = join(dirname(here), '../bin/lyncauth.js');
const goals = { 'sign-in, passive': 5, 'status --offline': 2 };

if (process.argv[2] !== 'inside') {
  const { status } = spawnSync(process.execPath, [program, 'lab', 'run', '--', process.execPath, here, 'inside'], { stdio: 'inherit' });
  process.exit(status ?? 1);
}

const lyncauth = (...args) => [program, ...args, '--json', '--no-input'];
const signIn = (method) => lyncauth('sign-in', '--quiet', '--method', method, process.env.LYNCAUTH_UPN);
execFileSync(process.execPath, lyncauth('enroll', '--quiet', '--yes'), { stdio: ['ignore', 'ignore', 'inherit'] });

// Each round begins with a computer that knows nothing of a sign-in.
const runs = {
  'node -e 0': ['-e', '0'],
  'sign-in, passive': signIn('passive'),
  'status --offline': lyncauth('status', '--offline'),
  status: lyncauth('status'),
  token: lyncauth('token'),
  'sign-out': lyncauth('sign-out'),
  'sign-in, certificate': signIn('certificate'),
  'forget-credentials': lyncauth('forget-credentials'),
};
// The median: on a busy computer a short run finds a quiet moment sooner than a long one.
const rows = cpuTimes(runs, rounds, (times) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]);
const withGoals = rows.map((row) => ({ ...row, goal: goals[row.name] }));
if (!printTable(titleOf('sign-in'), 'CPU ms', withGoals)) process.exitCode = 1;
