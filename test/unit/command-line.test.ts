import { describe, expect, test } from 'vitest';
import { refuseSecrets, usageError, wordsOf } from '../../src/command-line.js';
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
      parseError('commander.unknownOption', "error: unknown option '--pinn=1234'\n(Did you mean --pin-file?)"),
      'enroll',
    );
    expect(error.message).toBe("unknown option '--pinn'");
    expect(error.hint).toBe('did you mean --pin-file?');
    expect(error.exitCode).toBe(2);
  });

  test('a cluster of short flags keeps its first letter only', () => {
    expect(usageError(parseError('commander.unknownOption', "error: unknown option '-p1234'"), 'enroll').message).toBe(
      "unknown option '-p'",
    );
  });

  test('words after -- belong to another program', () => {
    expect(wordsOf(['node', 'lyncauth', 'lab', 'run', '--', 'x', '--json'])).toEqual({ flags: ['lab', 'run'], command: 'lab' });
  });
});
