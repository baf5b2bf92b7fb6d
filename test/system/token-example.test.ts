/** The example in the help of `token`, run as it stands there with a real curl: the pool answers it, and the token is no argument of any program. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { program, runCommand } from '../support/cli.js';
import { type SignInLab, startSignInLab } from '../support/signed-in.js';

const QUIETLY = 'curl() { command curl --silent --show-error --fail "$@"; }';
let lab: SignInLab;

beforeAll(async () => {
  lab = await startSignInLab();
});
afterAll(() => lab.stop());

test('the pool answers the example of the help, which gives the token to nobody but curl', async () => {
  const { server } = (await lab.signIn()).json().result;
  const { stdout } = await lab.run(['help', 'token']);
  const example = /^ {2}\$ (lyncauth token \|.*)$/m.exec(stdout)?.[1] ?? '';
  // `$(lyncauth token)` would be seen in the list of processes.
  expect(example).not.toContain('$(');
  const script = example.replace('https://pool.contoso.com', server);
  expect(script).not.toBe(example);
  const functions = `lyncauth() { '${process.execPath}' '${program}' "$@"; }\n${QUIETLY}`;
  const run = await runCommand(['sh', '-c', `${functions}\n${script}`], {
    env: { ...lab.env, CURL_CA_BUNDLE: lab.env.LYNCAUTH_CA_FILE },
  });
  expect(run.stderr).toBe('');
  expect(run.json()._links.applications.href).toContain(server);
});
