/** Reads p11-kit's module files, where distributions and drivers register PKCS#11 modules (pkcs11.conf(5)). Must not import native code. */
import { readdirSync, readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

const SYSTEM_DIRS = ['/etc/pkcs11/modules', '/usr/share/p11-kit/modules', '/usr/local/share/p11-kit/modules'];
/** Where p11-kit looks for modules given without a directory. */
const MODULE_DIRS: Partial<Record<string, readonly string[]>> = {
  x64: ['/usr/lib/x86_64-linux-gnu/pkcs11', '/usr/lib64/pkcs11', '/usr/lib/pkcs11', '/usr/local/lib/pkcs11'],
  arm64: ['/usr/lib/aarch64-linux-gnu/pkcs11', '/usr/lib64/pkcs11', '/usr/lib/pkcs11', '/usr/local/lib/pkcs11', '/opt/homebrew/lib/pkcs11'],
};
const ANY_DIRS = ['/usr/lib/pkcs11', '/usr/local/lib/pkcs11'];

interface ModuleFile {
  name: string;
  fields: ReadonlyMap<string, string>;
}

/**
 * Paths of the configured modules, highest priority first; a name without a directory gives every place it could be.
 * Left out: remote modules, trust-anchor stores and modules disabled for this program. A user's file replaces the system's of the same name.
 */
export function p11KitModules(env: Environment): string[] {
  const files = new Map<string, ModuleFile>();
  for (const dir of moduleFileDirs(env)) {
    for (const file of readModuleFiles(dir)) if (!files.has(file.name)) files.set(file.name, file);
  }
  return [...files.values()].filter(isUsable).sort(byPriority).flatMap(places);
}

function moduleFileDirs(env: Environment): string[] {
  const config = env.XDG_CONFIG_HOME ?? (env.HOME === undefined ? undefined : join(env.HOME, '.config'));
  const system = process.platform === 'win32' ? [] : SYSTEM_DIRS;
  return config === undefined ? system : [join(config, 'pkcs11', 'modules'), ...system];
}

function readModuleFiles(dir: string): ModuleFile[] {
  try {
    const names = readdirSync(dir).filter((name) => name.endsWith('.module'));
    return names.sort().map((name) => ({ name, fields: parse(readFileSync(join(dir, name), 'utf8')) }));
  } catch {
    // no such directory, or not for us to read
    return [];
  }
}

function parse(text: string): Map<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => !line.trimStart().startsWith('#') && line.includes(':'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]));
}

function isUsable({ fields }: ModuleFile): boolean {
  const includes = (field: string) =>
    fields
      .get(field)
      ?.split(/[\s,]+/)
      .includes('lyncauth');
  if (!fields.get('module') || fields.has('remote') || fields.get('trust-policy') === 'yes') return false;
  return includes('disable-in') !== true && includes('enable-in') !== false;
}

function byPriority(a: ModuleFile, b: ModuleFile): number {
  return priority(b) - priority(a);
}

function priority({ fields }: ModuleFile): number {
  return Number.parseInt(fields.get('priority') ?? '0', 10) || 0;
}

function places({ fields }: ModuleFile): string[] {
  const module = fields.get('module') ?? '';
  return isAbsolute(module) ? [module] : (MODULE_DIRS[process.arch] ?? ANY_DIRS).map((dir) => join(dir, module));
}
