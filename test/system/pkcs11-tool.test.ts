/** OpenSC's pkcs11-tool, a caller in C, agrees with what our set-up and our fault module show. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliResult, runCommand } from '../support/cli.js';
import { createFault, type Fault } from '../support/fault-module.js';
import { createToken, type TestToken } from '../support/softhsm.js';

let token: TestToken;
let fault: Fault;

beforeEach(() => {
  token = createToken();
  fault = createFault({ token });
});

afterEach(() => {
  fault.remove();
  token.remove();
});

function pkcs11Tool(...args: string[]): Promise<CliResult> {
  return runCommand(['pkcs11-tool', '--module', fault.modulePath, '--token-label', token.label, ...args], { env: fault.env });
}

test('sees the tokens that softhsm-setup.sh makes', async () => {
  const script = join(import.meta.dirname, '../../scripts/softhsm-setup.sh');
  const list = `eval "$(bash "$0" --dir "$1" --label Practice --count 2)"; pkcs11-tool --module "$LYNCAUTH_MODULE" --list-token-slots`;
  const { stdout } = await runCommand(['sh', '-c', list, script, join(token.dir, 'more')]);
  expect([...stdout.matchAll(/token label +: (.*?) *$/gm)].map((match) => match[1]).sort()).toEqual(['Practice', 'Practice 2']);
});

test('the fault module takes the PIN from its PIN pad when the caller gives none', async () => {
  fault.rules([`pinpad ${token.pin}`]);
  const { code, stdout } = await pkcs11Tool('--login', '--keypairgen', '--key-type', 'EC:prime256v1', '--id', '01');
  expect(code).toBe(0);
  expect(stdout).toContain('Private Key Object; EC');
  expect(fault.calls('C_Login')).toEqual(['C_Login 0x0 user pin-pad']);
});

test('the fault module shows a locked PIN as a card does', async () => {
  fault.rules(['retries 3']);
  fault.state({ badTries: 3 });
  expect((await pkcs11Tool('--list-token-slots')).stdout).toMatch(/token flags +:.*user PIN locked/);
  expect((await pkcs11Tool('--login', '--pin', token.pin, '--list-objects')).stderr).toContain('CKR_PIN_LOCKED');
});
