/** How this computer gets SoftHSM 2, which plays the practice card. Installs nothing. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Package managers that have it, and what they call it. */
const INSTALLERS = [
  ['apt', 'sudo apt install softhsm2'],
  ['dnf', 'sudo dnf install softhsm'],
  ['brew', 'brew install softhsm'],
] as const;

/** The command that installs it here, or all of them where no package manager is found. @param path - the search path, as in PATH */
export function softhsmInstallCommand(path = ''): string {
  const folders = path.split(delimiter).filter((folder) => folder !== '');
  const found = INSTALLERS.find(([program]) => folders.some((folder) => existsSync(join(folder, program))));
  return found?.[1] ?? INSTALLERS.map(([, command]) => command).join(', or ');
}
