/** The error of a promise that must fail, for tests that look at more than its code. */
import { LyncauthError } from '../../src/errors.js';

/** What `promise` was rejected with. Throws when it was not, or with another kind of error. */
export async function failure(promise: Promise<unknown>): Promise<LyncauthError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof LyncauthError)) throw new Error(`expected a LyncauthError, got ${String(error)}`);
  return error;
}
