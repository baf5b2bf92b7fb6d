/** For what is started in several steps: when a later one fails, nothing of the earlier ones stays. */

/** @returns what `work` makes; where that fails, after `end` */
export async function orEnd<T>(end: () => Promise<void>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await end();
    throw error;
  }
}
