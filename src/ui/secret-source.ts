/** Where a secret comes from before anybody is asked: a file, the environment, another program. */
import type { SecretQuestion } from '../context.js';
import { Secret } from '../secret.js';
import { readSecretFile, type StandardInput } from './secret-file.js';

export interface SecretSources {
  env: Readonly<Record<string, string | undefined>>;
  /** --allow-pin-env: without it a secret in the environment is not looked at. */
  allowPinEnv: boolean;
  /** Value of --askpass. */
  askpass?: string | undefined;
  stdin: StandardInput;
}

/**
 * The secret from its file, else the environment (if allowed), else --askpass.
 *
 * @returns undefined when none of them is given: then the person is asked
 * @throws LyncauthError when the one that is given fails; the next is not tried then
 */
export async function findSecret(question: SecretQuestion, sources: SecretSources): Promise<Secret | undefined> {
  if (question.file !== undefined) return readSecretFile(question.file, question.flag, sources.stdin);
  const fromEnvironment = sources.allowPinEnv ? readVariable(question.variable, sources.env) : undefined;
  if (fromEnvironment !== undefined) return fromEnvironment;
  if (sources.askpass === undefined) return undefined;
  const { runAskpass } = await import('./askpass.js');
  return await runAskpass(sources.askpass, question.message, sources.env);
}

function readVariable(name: string | undefined, env: SecretSources['env']): Secret | undefined {
  const value = name === undefined ? undefined : env[name];
  if (name === undefined || value === undefined || value === '') return undefined;
  // No child process of this one needs it.
  delete process.env[name];
  return new Secret(value);
}
