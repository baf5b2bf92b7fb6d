/** The command that installs what is missing, where this system has a simple one. */

/** What doctor may find missing: the smart card service, and drivers by the ids of their profiles. */
export type Installable = 'pcsc' | 'opensc' | 'softhsm' | 'ykcs11' | 'tpm2-pkcs11';

interface System {
  /** ID and ID_LIKE of os-release(5). */
  ids: readonly string[];
  command: string;
  packages: Readonly<Record<Installable, string>>;
}

const SYSTEMS: readonly System[] = [
  {
    ids: ['debian', 'ubuntu'],
    command: 'sudo apt install',
    packages: { pcsc: 'pcscd', opensc: 'opensc', softhsm: 'softhsm2', ykcs11: 'ykcs11', 'tpm2-pkcs11': 'libtpm2-pkcs11-1' },
  },
  {
    ids: ['fedora', 'rhel', 'centos'],
    command: 'sudo dnf install',
    packages: { pcsc: 'pcsc-lite', opensc: 'opensc', softhsm: 'softhsm', ykcs11: 'yubico-piv-tool', 'tpm2-pkcs11': 'tpm2-pkcs11' },
  },
  {
    ids: ['suse', 'opensuse'],
    command: 'sudo zypper install',
    packages: { pcsc: 'pcsc-lite', opensc: 'opensc', softhsm: 'softhsm', ykcs11: 'yubico-piv-tool', 'tpm2-pkcs11': 'tpm2-pkcs11' },
  },
  {
    ids: ['arch'],
    command: 'sudo pacman -S',
    packages: { pcsc: 'pcsclite ccid', opensc: 'opensc', softhsm: 'softhsm', ykcs11: 'yubico-piv-tool', 'tpm2-pkcs11': 'tpm2-pkcs11' },
  },
];

const HOMEBREW: Partial<Record<Installable, string>> = { opensc: 'opensc', softhsm: 'softhsm', ykcs11: 'yubico-piv-tool' };

/**
 * @param osRelease - content of /etc/os-release
 * @returns such as `sudo apt install opensc`; undefined on systems that are not known
 */
export function installCommand(what: Installable, osRelease: string, platform: NodeJS.Platform): string | undefined {
  if (platform === 'darwin') return HOMEBREW[what] === undefined ? undefined : `brew install ${HOMEBREW[what]}`;
  const names = [...osRelease.matchAll(/^(?:ID|ID_LIKE)=(.*)$/gm)].flatMap(([, value = '']) => value.replace(/["']/g, '').split(/\s+/));
  const system = SYSTEMS.find(({ ids }) => names.some((name) => ids.includes(name)));
  return system === undefined ? undefined : `${system.command} ${system.packages[what]}`;
}

/** Whether there may be such a package. @param driver - id of a profile */
export function isInstallable(driver: string): driver is Installable {
  return driver !== 'pcsc' && SYSTEMS.some(({ packages }) => Object.hasOwn(packages, driver));
}
