/** `lyncauth config drivers`: which card drivers there are, which this computer has, and which one is used. Loads none of them. */
import type { Context, Outcome, Table } from '../context.js';
import { isLyncauthError, type LyncauthError } from '../errors.js';
import { type FoundModule, type InstalledDrivers, installedDrivers } from '../pkcs11/installed.js';
import type { DriverProfile } from '../pkcs11/types.js';

const UNBLOCKED_BY: Record<DriverProfile['unblock'], string> = {
  'so-initpin': 'SO PIN',
  'setpin-puk': 'PUK',
  'setpin-prefixed': 'PUK',
  none: '-',
};

/** Lists the drivers. What is used is said as of a run without flags: environment and settings count. */
export async function run(context: Context): Promise<Outcome> {
  const { env } = context;
  const settings = await context.settings();
  const found = installedDrivers({
    env,
    // as with the flags: a library that the environment names goes before the name of a driver
    driver: env.LYNCAUTH_MODULE ? undefined : env.LYNCAUTH_DRIVER,
    settingsModule: settings.get('module'),
    settingsDriver: settings.get('driver'),
  });
  return { result: toResult(found), text: describe(found) };
}

function toResult({ drivers, modules, used }: InstalledDrivers) {
  return {
    drivers: drivers.map(({ profile, module }) => {
      const { id, name, kind, createAs, fixedIds, fixedLabels, pinFlags, unblock, storesData } = profile;
      const driver = { id, name, installed: module !== undefined, ...module };
      return profile.proxy === true ? driver : { ...driver, kind, createAs, fixedIds, fixedLabels, pinFlags, unblock, storesData };
    }),
    modules: modules.map(toModule),
    ...(isLyncauthError(used) ? { used: null, why: used.message } : { used: toModule(used) }),
  };
}

function toModule({ path, source, installed, profile }: FoundModule) {
  return { path, source, driver: profile.id, installed };
}

function describe({ drivers, modules, used }: InstalledDrivers): (string | Table)[] {
  const rows = drivers.map(({ profile, module }) => [profile.id, profile.name, ...habits(profile), module?.path ?? 'not installed']);
  const named = modules.map(({ path, source, profile, installed }) => [source, profile.id, installed ? path : `${path} (not there)`]);
  return [
    { header: ['DRIVER', 'NAME', 'KEYS MADE BY', 'UNBLOCKED BY', 'MODULE'], rows },
    '',
    ...(named.length === 0 ? [] : [{ header: ['NAMED BY', 'DRIVER', 'MODULE'], rows: named }, '']),
    ...saysUsed(used),
  ];
}

function habits({ proxy, createAs, unblock }: DriverProfile): [keysMadeBy: string, unblockedBy: string] {
  if (proxy === true) return ['as the card has it', ''];
  return [createAs === 'so' ? 'security officer' : 'user', UNBLOCKED_BY[unblock]];
}

function saysUsed(used: FoundModule | LyncauthError): string[] {
  if (!isLyncauthError(used)) return [`used: ${used.path} (${used.source})${used.installed ? '' : ', which is not there'}`];
  return [
    `used: none; ${used.code === 'USAGE' ? used.message : 'no driver is installed'}`,
    ...(used.hint === undefined ? [] : [used.hint]),
  ];
}
