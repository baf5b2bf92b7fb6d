// The CPU time that runs of Node take, children included; taken in turn, so that a busy computer slows all of them alike.
import { spawnSync } from 'node:child_process';

/**
 * @param {string[]} args - of Node
 * @returns {number} user and system time of one run, in milliseconds
 * @throws {Error} with what the run said, when it fails
 */
function cpuTime(args) {
  // Node cannot ask what its children used; the shell's `times` can, in its second line.
  const script = '"$@" >/dev/null || exit; times';
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', process.execPath, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
  const spent = stdout
    .trim()
    .split('\n')[1]
    .matchAll(/(\d+)m([\d.,]+)s/g);
  return [...spent].reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds.replace(',', '.')) * 1000, 0);
}

/**
 * @param {Record<string, string[]>} runs - the arguments of Node by the name of the row; each round takes them in this order
 * @param {number} rounds
 * @param {(times: number[]) => number} choose - the time of a row, out of those of its runs in milliseconds
 * @returns {{name: string, value: number}[]}
 */
export function cpuTimes(runs, rounds, choose) {
  const rows = Object.entries(runs).map(([name, args]) => ({ name, args, times: [] }));
  for (let round = 0; round < rounds; round++) for (const { args, times } of rows) times.push(cpuTime(args));
  return rows.map(({ name, times }) => ({ name, value: choose(times) }));
}

/** Of a table whose first row is a bare Node. A Node that has to read certificates when it starts makes every ratio smaller. */
export function titleOf(what) {
  return `${what}, Node ${process.versions.node}${process.env.NODE_EXTRA_CA_CERTS ? ', extra CAs' : ''}`;
}
