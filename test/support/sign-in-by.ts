/** Signs in by one method, as the flow does once the proof is there. */
import type { MethodInput, SignInMethod, Token } from '../../src/sign-in/types.js';

export async function signInBy(method: SignInMethod, input: MethodInput): Promise<Token> {
  const signIn = await method.prepare(input);
  return await signIn(input);
}
