import { describe, expect, test } from 'vitest';
import { commandOf, type FlagTree, flagsOf, refuseSecrets, usageError, wordsOf } from '../../src/command-line.js';
import { isLyncauthError } from '../../src/errors.js';

describe('secrets on the command line', () => {
  test.each([['--pin', '1234'], ['--pin=1234'], ['--new-pin=1234'], ['--password', 'x1234'], ['--so-pin=1234'], ['--passphrase=1234']])(
    '%s is refused without its value',
    (...flags) => {
      let thrown: unknown;
      try {
        refuseSecrets(flags);
      } catch (error) {
        thrown = error;
      }
      expect(isLyncauthError(thrown, 'SECRET_ON_COMMAND_LINE')).toBe(true);
      expect(JSON.stringify(thrown) + String(thrown)).not.toContain('1234');
    },
  );

  test.each(['--pin-file', '--pin-change', '--new-pin-file', '--password-file', '--ca'])('%s is not one', (flag) => {
    expect(() => refuseSecrets([flag])).not.toThrow();
  });
});

describe('what could not be parsed', () => {
  const parseError = (code: string, message: string) => Object.assign(new Error(message), { code, exitCode: 1 });

  test('an unknown flag is named without its value', () => {
    const error = usageError(
      parseError('commander.unknownOption', "error: unknown option '--pin-fle=1234'\n(Did you mean --pin-file?)"),
      'enroll',
    );
    expect(error.message).toBe("unknown option '--pin-fle'");
    expect(error.hint).toBe('did you mean --pin-file?');
    expect(error.exitCode).toBe(2);
  });

  test('a cluster of short flags keeps its first letter only', () => {
    expect(usageError(parseError('commander.unknownOption', "error: unknown option '-p1234'"), 'enroll').message).toBe(
      "unknown option '-p'",
    );
  });

  test.each([
    [
      "error: option '--key <set>' argument '1234' is invalid. Allowed choices are new, existing.",
      'the value of --key is invalid: allowed choices are new, existing',
    ],
    [
      "error: option '--key <set>' value '1234' from env 'LYNCAUTH_KEY' is invalid. Allowed choices are new, existing.",
      'the value of LYNCAUTH_KEY is invalid: allowed choices are new, existing',
    ],
    [
      "error: option '-t, --timeout <s>' argument '12\n34' is invalid. It must be a number.",
      'the value of --timeout is invalid: it must be a number',
    ],
    ["error: unknown option '--pinn=12'34\n34'", "unknown option '--pinn'"],
  ])('%j is told without the value', (message, told) => {
    expect(usageError(parseError('commander.invalidArgument', message), 'enroll').message).toBe(told);
  });

  test('a flag that takes no value is told from one that there is not', () => {
    const error = parseError('commander.unknownOption', "error: unknown option '--yes=1234'");
    expect(usageError(error, 'enroll', ['--yes', '--ca'])).toMatchObject({
      message: '--yes takes no value',
      hint: 'lyncauth enroll --help',
    });
    expect(usageError(error, 'enroll', ['--yesterday'])).toMatchObject({ message: "unknown option '--yes'" });
  });

  test('the flags of a command are its own, those of its subcommands and the global ones', () => {
    const tree = (name: string, long: string, commands: FlagTree[] = []): FlagTree => ({ name: () => name, options: [{ long }], commands });
    const program = tree('lyncauth', '--json', [tree('lab', '--dir', [tree('run', '--keep')]), tree('enroll', '--yes')]);
    expect(flagsOf(program, 'lab')).toEqual(['--json', '--dir', '--keep']);
  });

  test('words after -- belong to another program', () => {
    expect(wordsOf(['node', 'lyncauth', 'lab', 'run', '--', 'x', '--json'])).toEqual(['lab', 'run']);
  });

  test('only the name of a command is one: other words may be values', () => {
    expect(commandOf(['--pin', '1234', 'enroll', 'cards'], ['cards', 'enroll'])).toBe('enroll');
    expect(commandOf(['--pin', '1234'], ['cards', 'enroll'])).toBe('lyncauth');
  });
});
