/** What a person without SoftHSM is told to run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { softhsmInstallCommand } from '../../../src/lab/softhsm.js';

it.each([
  ['apt', 'sudo apt install softhsm2'],
  ['dnf', 'sudo dnf install softhsm'],
  ['brew', 'brew install softhsm'],
])('with %s on the search path it is one command', (program, command) => {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-path-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  writeFileSync(join(dir, program), '');
  expect(softhsmInstallCommand(['/nonexistent', dir].join(delimiter))).toBe(command);
});

it('without a package manager that has it, all are named', () => {
  expect(softhsmInstallCommand('')).toBe('sudo apt install softhsm2, or sudo dnf install softhsm, or brew install softhsm');
});
