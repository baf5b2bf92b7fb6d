import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { statePaths } from '../../../src/store/paths.js';

test('settings and state go to the XDG folders', () => {
  expect(statePaths({ HOME: '/h', XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s' })).toEqual({
    configFile: '/c/lyncauth/config.json',
    machineConfigFile: '/etc/lyncauth/config.json',
    journalDir: '/s/lyncauth/journal',
    savedDir: '/s/lyncauth/saved',
    lockDir: '/s/lyncauth/locks',
    signInDir: '/s/lyncauth/sign-in',
  });
});

test('without XDG variables they are below the home folder', () => {
  const paths = statePaths({ HOME: '/h' });
  expect(paths.configFile).toBe('/h/.config/lyncauth/config.json');
  expect(paths.journalDir).toBe('/h/.local/state/lyncauth/journal');
});

test('a relative XDG path is ignored, as the specification says', () => {
  expect(statePaths({ HOME: '/h', XDG_CONFIG_HOME: 'c' }).configFile).toBe('/h/.config/lyncauth/config.json');
});

test('--config-dir moves everything but the locks', () => {
  const paths = statePaths({ HOME: '/h' }, 'here');
  expect(paths.configFile).toBe(resolve('here/config.json'));
  expect(paths.journalDir).toBe(resolve('here/journal'));
  expect(paths.savedDir).toBe(resolve('here/saved'));
  expect(paths.signInDir).toBe(resolve('here/sign-in'));
  expect(paths.lockDir).toBe('/h/.local/state/lyncauth/locks');
});
