/** Large counts of tests (kill loops, fuzzing): a tenth of them in every run, all of them in `npm run test:long`. */
const scale = Number(process.env.LYNCAUTH_TEST_SCALE ?? '0.1');

/** `full` times the scale of this run, at least `least`. */
export function scaled(full: number, least = 1): number {
  return Math.max(least, Math.ceil(full * scale));
}
