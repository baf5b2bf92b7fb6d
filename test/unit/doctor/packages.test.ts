import { expect, test } from 'vitest';
import { installCommand, isInstallable } from '../../../src/doctor/packages.js';

test.each([
  ['ID=debian\n', 'sudo apt install pcscd'],
  ['NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n', 'sudo apt install pcscd'],
  ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'sudo dnf install pcsc-lite'],
  ['ID="opensuse-leap"\nID_LIKE="suse opensuse"\n', 'sudo zypper install pcsc-lite'],
  ['ID=arch\n', 'sudo pacman -S pcsclite ccid'],
  ['ID=unheard-of\n', undefined],
  ['', undefined],
])('%j is served by its own package manager', (osRelease, command) => {
  expect(installCommand('pcsc', osRelease, 'linux')).toBe(command);
});

test('macOS has the service, and Homebrew the drivers', () => {
  expect(installCommand('opensc', '', 'darwin')).toBe('brew install opensc');
  expect(installCommand('pcsc', '', 'darwin')).toBeUndefined();
  expect(installCommand('opensc', '', 'win32')).toBeUndefined();
});

test('only drivers that distributions have are offered', () => {
  expect(['opensc', 'softhsm', 'safenet', 'pcsc', 'toString'].map(isInstallable)).toEqual([true, true, false, false, false]);
});
