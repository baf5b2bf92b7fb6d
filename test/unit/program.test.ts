import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from '../../src/program.js';

const program = createProgram('0.0.0', async () => {});

function commands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commands)];
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

test.each(commands(program).map((command) => [command.name(), command] as const))('the help of %s has an example', (_name, command) => {
  expect(helpOf(command)).toMatch(/Examples?:\n {2}\$ lyncauth/);
});

test('a flag that acts or consents has no twin in the environment', () => {
  const acting = [
    '--yes',
    '--replace',
    '--delete-old-key',
    '--resume',
    '--resubmit',
    '--abandon',
    '--dry-run',
    '--pin-change',
    '--include-client-info',
    '--allow-pin-env',
    '--forget-first',
    '--forget',
    '--force',
    '--method',
    '--offline',
  ];
  const options = commands(program).flatMap((command) => command.options);
  for (const flag of acting) {
    const found = options.filter((option) => option.long === flag);
    expect(found.length, flag).toBeGreaterThan(0);
    expect(found.map((option) => option.envVar)).toEqual(found.map(() => undefined));
  }
});

test('what there is only one of can be said all the same', async () => {
  let given: object | undefined;
  const started = createProgram('0.0.0', async (_name, options) => {
    given = options;
  });
  await started.parseAsync(['node', 'lyncauth', 'enroll', '--ca-type', 'certsrv', '--auth', 'basic']);
  expect(given).toMatchObject({ caType: 'certsrv', auth: 'basic' });
});

test('no flag takes the value of a secret', () => {
  const names = commands(program).flatMap((command) => command.options.map((option) => option.long));
  expect(names.filter((name) => /(pin|puk|password)$/.test(name ?? ''))).toEqual([]);
});
