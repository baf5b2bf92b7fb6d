/** Two ways to the same end, measured in turn. */

type Work = () => unknown;

export interface Works {
  /** Through pkcs11js alone. */
  raw: Work;
  /** Through src/pkcs11. */
  layer: Work;
}

/** CPU time of both per call in ms, the best of all rounds: what else the computer does makes the others longer, by chance the one or the other. */
export async function bestOf(works: Works, { rounds, calls }: { rounds: number; calls: number }): Promise<{ raw: number; layer: number }> {
  const times = { raw: [] as number[], layer: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    times.raw.push(await batch(works.raw, calls));
    times.layer.push(await batch(works.layer, calls));
  }
  return { raw: Math.min(...times.raw), layer: Math.min(...times.layer) };
}

/** CPU time per call in ms. */
export async function batch(work: Work, calls: number): Promise<number> {
  const start = process.cpuUsage();
  for (let made = 0; made < calls; made++) await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / calls;
}
