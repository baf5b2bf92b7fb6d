/** Where nobody answers who has which name, as behind many a VPN: a look-up that nothing can call off keeps no result, and no process. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { program, runCommand } from '../../support/cli.js';
import { type Namespace, NOWHERE, openNamespace } from '../../support/namespace.js';
import { secretFile } from '../../support/secret-files.js';
import { tempDir } from '../../support/temp-dir.js';

let namespace: Namespace;
beforeAll(async () => {
  namespace = await openNamespace(['sh', '-c', 'echo ready; exec cat'], { nameServer: NOWHERE });
});
afterAll(() => namespace?.close());

test('the program ends when it has said what there is to say, minutes before the look-ups give up', async () => {
  const password = secretFile(tempDir('silent-names'), 'password', 'of nobody');
  const args = ['sign-in', 'alice@lab.test', '--method', 'password', '--timeout', '1', '--json', '--no-input'];
  const env = { LYNCAUTH_PASSWORD_FILE: password };
  const run = await runCommand(namespace.inside([process.execPath, program, ...args]), { env });
  expect([run.code, run.json().error.code]).toEqual([9, expect.stringMatching(/^(?:DISCOVERY_FAILED|TIMEOUT)$/)]);
});
