import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERROR_EXIT_CODES } from '../../src/errors.js';
import { runCli } from '../support/cli.js';

describe('help', () => {
  test('without arguments, with -h, --help and as a command it is the same', async () => {
    const [bare, short, long, command] = await Promise.all([[], ['-h'], ['--help'], ['help']].map((args) => runCli(args)));
    expect(bare).toMatchObject({ code: 0, stderr: '' });
    expect(bare?.stdout).toMatch(
      /^Usage: lyncauth \[options\] \[command\]\n[\s\S]*Commands:\n {2}enroll[\s\S]*Examples:\n {2}\$ lyncauth enroll/,
    );
    expect([short?.stdout, long?.stdout, command?.stdout]).toEqual([bare?.stdout, bare?.stdout, bare?.stdout]);
  });

  test('help of a command is what its --help prints', async () => {
    for (const words of [['enroll'], ['sign-in'], ['config', 'set'], ['lab', 'run']]) {
      const [topic, flag] = await Promise.all([runCli(['help', ...words]), runCli([...words, '--help'])]);
      expect(topic).toMatchObject({ code: 0, stderr: '' });
      expect(topic.stdout).toBe(flag.stdout);
    }
  });

  test('help of sign-out says what becomes of the session when the server cannot be told', async () => {
    const { stdout } = await runCli(['sign-out', '--help']);
    for (const words of ['it is removed all the same', 'leaves what is stored here as it was', 'Run it again.'])
      expect(stdout).toContain(words);
  });

  test('help exit-codes agrees with docs/exit-codes.md and with the table in the program', async () => {
    const documented = readFileSync(join(import.meta.dirname, '../../docs/exit-codes.md'), 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [, code, names = ''] = /^\| (\d+) \|.*\|([^|]*)\|$/.exec(line) ?? [];
        return code === undefined ? [] : [{ code: Number(code), names: [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name) }];
      });
    const run = await runCli(['help', 'exit-codes']);
    const printed = [...run.stdout.matchAll(/^ *(\d+) {2}\S.*(?:\n {5}[a-z].*)*((?:\n {5}[A-Z_ ]+)*)$/gm)].map(([, code, names = '']) => ({
      code: Number(code),
      names: names.match(/\w+/g) ?? [],
    }));
    expect(printed).toEqual(documented);
    expect(printed.flatMap(({ code, names }) => names.map((name) => [name, code]))).toEqual(
      Object.entries(ERROR_EXIT_CODES).sort(([, a], [, b]) => a - b),
    );
    expect((await runCli(['help', 'exit-codes', '--json'])).json()).toEqual({
      ok: true,
      command: 'help',
      result: { codes: ERROR_EXIT_CODES },
    });
  });

  test('help environment lists the twins of the flags, and no twin of a flag that acts', async () => {
    const run = await runCli(['help', 'environment']);
    for (const name of [
      'CA',
      'CA_FILE',
      'USER',
      'UPN',
      'MODULE',
      'CARD',
      'PIN_FILE',
      'NEW_PIN_FILE',
      'PUK_FILE',
      'SO_PIN_FILE',
      'PASSWORD_FILE',
      'CONFIG_DIR',
      'SERVER',
      'TRUST_DOMAIN',
    ])
      expect(run.stdout).toMatch(new RegExp(`^LYNCAUTH_${name} +--${name.toLowerCase().replaceAll('_', '-')} `, 'm'));
    expect(run.stdout).not.toMatch(/--(yes|replace|resume|resubmit|abandon|delete-old-key|pin-change|forget|forget-first|force|method) /);
    expect(run.stdout).toMatch(/^LYNCAUTH_PIN +the PIN, only with --allow-pin-env$/m);
    expect(run.stdout).toMatch(/^LYNCAUTH_USER +--user +domain account, /m);
    expect(run.stdout).toMatch(/^HTTP_PROXY /m);
    const { variables } = (await runCli(['help', 'environment', '--json'])).json().result;
    expect(variables).toContainEqual({ name: 'LYNCAUTH_CARD', flag: '--card', description: expect.any(String) });
  });

  test('no line of the topics is wider than a terminal', async () => {
    for (const topic of ['exit-codes', 'environment']) {
      const { stdout } = await runCli(['help', topic]);
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    }
  });

  test('help environment says what a variable means to every command that reads it', async () => {
    const { variables } = (await runCli(['help', 'environment', '--json'])).json().result as {
      variables: { name: string; description: string }[];
    };
    const meaning = (name: string) => variables.find((variable) => variable.name === name)?.description;
    expect(meaning('LYNCAUTH_KEY_ID')).toBe('the key to use, as lyncauth cards shows it');
    expect(meaning('LYNCAUTH_USER')).toMatch(/for the CA's page and for signing in by password$/);
  });

  test('an example can be typed into a shell as it stands', async () => {
    expect((await runCli(['config', 'set', '--help'])).stdout).toContain("$ lyncauth config set user 'CONTOSO\\kim'");
  });

  test('help for what there is not is an error: 2', async () => {
    const run = await runCli(['help', 'nonsense', '--json']);
    expect(run.json()).toEqual({
      ok: false,
      command: 'help',
      error: { code: 'USAGE', message: "there is no help for 'nonsense'", hint: 'lyncauth help', details: {} },
    });
    expect(run.code).toBe(2);
  });

  test('help as JSON is one object', async () => {
    const { stdout } = await runCli(['help', 'cards']);
    expect((await runCli(['help', 'cards', '--json'])).json()).toEqual({ ok: true, command: 'help', result: { text: stdout } });
  });
});

test('--version and -V print the version', async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'));
  for (const flag of ['--version', '-V']) expect(await runCli([flag])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
});

describe('a command line that cannot be understood', () => {
  test.each([
    [['enrol'], 'lyncauth', "unknown command 'enrol'", 'did you mean enroll?'],
    [['nonsense'], 'lyncauth', "unknown command 'nonsense'", 'lyncauth --help'],
    [['config', 'gett', 'ca'], 'config', "unknown command 'gett'", 'did you mean get?'],
    [['config'], 'config', 'lyncauth config needs a subcommand', 'lyncauth config --help'],
    [['enroll', '--templat', 'x'], 'enroll', "unknown option '--templat'", 'did you mean --template?'],
    [['cards', '--nonsense'], 'cards', "unknown option '--nonsense'", 'lyncauth cards --help'],
    [['cards', 'extra'], 'cards', "too many arguments for 'cards'. Expected 0 arguments but got 1", 'lyncauth cards --help'],
    [['config', 'set', 'ca'], 'config', "missing required argument 'value'", 'lyncauth config set --help'],
    [['enroll', '--replace=something'], 'enroll', '--replace takes no value', 'lyncauth enroll --help'],
    [['lab', 'run', '--keep=x'], 'lab', '--keep takes no value', 'lyncauth lab run --help'],
    [['lab', 'run'], 'lab', "missing required argument 'command'", 'lyncauth lab run --help'],
    [['cards', '--quiet=x'], 'cards', '--quiet takes no value', 'lyncauth cards --help'],
    [['cards', '--replace=x'], 'cards', "unknown option '--replace'", 'lyncauth cards --help'],
    [['enroll', '--key', 'old'], 'enroll', 'the value of --key is invalid: allowed choices are new, existing', 'lyncauth enroll --help'],
    [['enroll', '--ca-type', 'est'], 'enroll', 'the value of --ca-type is invalid: allowed choices are certsrv', 'lyncauth enroll --help'],
    [['enroll', '--ca'], 'enroll', "option '--ca <url>' argument missing", 'lyncauth enroll --help'],
    [
      ['enroll', '--key-type', 'rsa1024'],
      'enroll',
      'the value of --key-type is invalid: allowed choices are rsa2048, rsa3072, rsa4096, p256, p384',
      'lyncauth enroll --help',
    ],
    [
      ['cards', '--wait', 'soon'],
      'cards',
      'the value of --wait is invalid: it must be a number of seconds above 0',
      'lyncauth cards --help',
    ],
    [['--config-dir', 'x', 'cards', '--nonsense'], 'cards', "unknown option '--nonsense'", 'lyncauth cards --help'],
    [['enroll', '--upn', 'kim'], 'enroll', 'the value of --upn is invalid: it must look like user@domain', 'lyncauth enroll --help'],
    [['cards', '--config-dir', ''], 'cards', 'the value of --config-dir is empty', 'lyncauth cards --help'],
    [['enroll', '--upn', ''], 'enroll', 'the value of --upn is invalid: it must look like user@domain', 'lyncauth enroll --help'],
    [['provision'], 'lyncauth', "unknown command 'provision'", 'lyncauth --help'],
    [['sign-inn'], 'lyncauth', "unknown command 'sign-inn'", 'did you mean sign-in?'],
    [
      ['sign-in', '--method', 'kerberos'],
      'sign-in',
      'the value of --method is invalid: allowed choices are auto, passive, certificate, password',
      'lyncauth sign-in --help',
    ],
    [['sign-in', '--keep'], 'sign-in', "unknown option '--keep'", 'lyncauth sign-in --help'],
  ])('%j: 2, as text and as JSON', async (args, command, message, hint) => {
    const [text, json] = await Promise.all([runCli(args), runCli([...args, '--json'])]);
    expect(text).toMatchObject({ code: 2, stdout: '', stderr: `lyncauth: error: ${message}\nlyncauth: hint: ${hint}\n` });
    expect(json.json()).toEqual({ ok: false, command, error: { code: 'USAGE', message, hint, details: {} } });
    expect([json.code, json.stderr]).toEqual([2, '']);
  });

  test('a value that an environment variable brings is told by its name', async () => {
    const run = await runCli(['enroll', '--json'], { env: { LYNCAUTH_HASH: 'md5' } });
    expect(run.json().error).toMatchObject({
      code: 'USAGE',
      message: 'the value of LYNCAUTH_HASH is invalid: allowed choices are sha256, sha384, sha512, sha1',
    });
    expect(run.code).toBe(2);
  });

  test('an empty variable is none', async () => {
    const run = await runCli(['config', 'path'], { env: { LYNCAUTH_CONFIG_DIR: '', LYNCAUTH_UPN: '', LYNCAUTH_TIMEOUT: '' } });
    expect(run).toMatchObject({ code: 0, stdout: expect.stringMatching(/\/\.config\/lyncauth\/config\.json\n$/) });
  });
});
