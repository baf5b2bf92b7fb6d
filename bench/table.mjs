// The tables of the benchmarks: one row a measurement, its ratio to the first row, and the goal for that ratio.

/**
 * @param {string} title
 * @param {string} unit - of `value`
 * @param {{name: string, value: number, goal?: number}[]} rows - the first is what the others are compared with
 * @returns {boolean} whether all goals are met
 */
export function printTable(title, unit, rows) {
  const base = rows[0].value;
  let met = true;
  process.stdout.write(`${title.padEnd(34)} ${unit.padStart(8)} ${'ratio'.padStart(7)} ${'goal'.padStart(8)}\n`);
  for (const { name, value, goal } of rows) {
    const ratio = value / base;
    const verdict = goal === undefined ? '' : ratio <= goal ? 'met' : 'MISSED';
    if (verdict === 'MISSED') met = false;
    const limit = goal === undefined ? '' : `<= ${goal}`;
    process.stdout.write(
      `${name.padEnd(34)} ${value.toFixed(value < 100 ? 1 : 0).padStart(8)} ${ratio.toFixed(2).padStart(7)} ${limit.padStart(8)}  ${verdict}`.trimEnd(),
    );
    process.stdout.write('\n');
  }
  return met;
}

/**
 * A line of a table with columns of its own: the name, the cells, right-aligned, and whether a goal is met.
 * @param {string} name
 * @param {string[]} cells
 * @param {boolean} [met] - undefined where there is no goal
 * @returns {boolean} false when the goal is missed
 */
export function printRow(name, cells, met) {
  const verdict = met === undefined ? '' : met ? 'met' : 'MISSED';
  process.stdout.write(`${name.padEnd(34)} ${cells.map((cell) => cell.padStart(8)).join(' ')}  ${verdict}`.trimEnd());
  process.stdout.write('\n');
  return met !== false;
}
