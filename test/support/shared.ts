/** What takes long to start, started once for all tests of a file. */
import { afterAll, beforeAll } from 'vitest';

/**
 * Makes it before the first test, and ends it after the last one. Call it where a file's hooks are.
 *
 * @returns what `make` will have made: tests, and hooks that come later, find its members in place
 */
export function shared<T extends object>(make: () => Promise<T>, end: (made: T) => Promise<void>): T {
  const place = {} as T;
  let made: T | undefined;
  beforeAll(async () => {
    made = await make();
    Object.defineProperties(place, Object.getOwnPropertyDescriptors(made));
  });
  afterAll(async () => {
    if (made !== undefined) await end(made);
  });
  return place;
}
