// What the card layer costs: whether a timer keeps firing while the card works, what is added to the driver's own calls, and how the cost grows with the
// number of cards and objects. Prints three tables; fails when a goal is missed.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { bundle } from './bundle.mjs';
import { printRow } from './table.mjs';

const gapGoal = 50;
/** Of what the driver takes itself, or in ms, whichever is more. */
const overhead = { part: 0.1, ms: 1 };
const growthGoal = 1.5;
// In memory: how long a disk takes for SoftHSM's files is nobody's merit.
const memory = '/dev/shm';
const env = { ...process.env, TMPDIR: existsSync(memory) ? memory : tmpdir() };

function measure(name) {
  return JSON.parse(execFileSync(process.execPath, [bundle(name)], { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'inherit'] }));
}

function judged(...row) {
  if (!printRow(...row)) process.exitCode = 1;
}

const { alone, busy } = measure('card-gap');
printRow('longest gap of a timer, ms', ['median', 'best', 'goal']);
printRow('nothing else to do', [median(alone).toFixed(1), best(alone).toFixed(1)]);
judged('RSA-4096 key made and used', [median(busy).toFixed(1), best(busy).toFixed(1), `<= ${gapGoal}`], median(busy) <= gapGoal);

process.stdout.write('\n');
printRow('card calls, CPU ms', ['driver', 'lyncauth', 'more', 'goal']);
for (const { name, raw, layer } of measure('card-calls')) {
  const goal = Math.max(overhead.part * raw, overhead.ms);
  const cells = [raw, layer, layer - raw, goal].map((time) => time.toFixed(2));
  judged(name, [...cells.slice(0, 3), `<= ${cells[3]}`], layer - raw <= goal);
}

process.stdout.write('\n');
printRow('CPU ms an item', ['few', 'many', 'slope', 'goal']);
const costs = measure('card-scale');
for (const name of new Set(costs.map((cost) => cost.name))) {
  const [few, many] = costs.filter((cost) => cost.name === name);
  const items = `${few.items} and ${many.items}`;
  const each = (key) => [few[key] / few.items, many[key] / many.items];
  const slope = (key) => each(key)[1] / each(key)[0];
  const cells = (key) => [...each(key).map((time) => time.toFixed(3)), slope(key).toFixed(2)];
  printRow(`${name}, ${items}`, []);
  printRow('  driver', cells('raw'));
  // what the driver itself takes longer for more is not ours
  const goal = growthGoal * Math.max(1, slope('raw'));
  judged('  lyncauth', [...cells('layer'), `<= ${goal.toFixed(2)}`], slope('layer') <= goal);
}

function best(values) {
  return Math.min(...values);
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
