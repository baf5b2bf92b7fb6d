// TLS handshakes with a card's key against handshakes with a software key, in one run. Prints a table; fails when the goal is missed: what the card's key
// costs more is the card's own signature and at most half a millisecond of this program's.
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';
import { printRow } from './table.mjs';

const goal = 0.5;
const server = join(dirname(fileURLToPath(import.meta.url)), 'card-tls-server.mjs');
const output = execFileSync(process.execPath, [bundle('card-tls'), server], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

printRow('TLS with a card key', ['per s', 'CPU ms', 'C_Sign', 'more', 'goal']);
for (const { type, version, rounds } of JSON.parse(output)) {
  const name = `${type}, ${version}`;
  const typical = (number) => median(rounds.map(number));
  // of each round, so that all three were measured under the same load
  const more = typical(({ software, card, signature }) => card.cpu - software.cpu - signature.cpu);
  const perSecond = (key) => typical((round) => 1000 / round[key].wall).toFixed(0);
  const cpu = (key) => typical((round) => round[key].cpu).toFixed(2);
  printRow(`${name}, software key`, [perSecond('software'), cpu('software')]);
  const cells = [perSecond('card'), cpu('card'), cpu('signature'), more.toFixed(2), `<= ${goal}`];
  if (!printRow(`${name}, card key`, cells, more <= goal)) process.exitCode = 1;
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
