/** Whether the curl of this computer can use a card, and how. Runs it without opening a connection. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { LyncauthError } from '../../errors.js';
import { BUILD_ADDON_HINT } from '../../native.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What curl's option --key-type says: the key is reached through an OpenSSL engine or through an OpenSSL provider. */
export type KeyType = 'ENG' | 'PROV';

/** The first that takes a server's own certificate as all that is trusted (X509_V_FLAG_PARTIAL_CHAIN). */
const OLDEST = [7, 68];
const FIRST_WITH_PROVIDERS = [8, 12];
const PROBE_MS = 10_000;

/**
 * A module loads in curl as it loaded in this process, so curl is given the same environment: vendors' modules, p11-kit, OpenSC and TPM stores
 * are all set up there, by names that nobody can list. Left out is what holds our own secrets (LYNCAUTH_PIN, a proxy's password) and what would
 * make curl do other things than its configuration says, or write down its TLS keys.
 */
const NOT_FOR_CURL = /^(?:LYNCAUTH_|CURL_|NODE_)|_proxy$|^(?:SSLKEYLOGFILE|SSL_CERT_FILE|SSL_CERT_DIR)$/i;

/** The environment of a curl that opens the card with the PKCS#11 module at `modulePath`; both paths are those that engine and provider read. */
export function curlEnvironment(env: Environment, modulePath: string): Record<string, string | undefined> {
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !NOT_FOR_CURL.test(name)));
  return { ...kept, PKCS11_MODULE_PATH: modulePath, PKCS11_PROVIDER_MODULE: modulePath };
}

/**
 * Asks curl what it is.
 *
 * @param env - of curl, with its PATH.
 * @throws LyncauthError ADDON_MISSING when there is no curl, or one that cannot use a card.
 */
export async function findCurl(env: Environment): Promise<KeyType> {
  const [version, engines] = await Promise.all([ask(['-q', '-V'], env), ask(['-q', '--engine', 'list'], env)]);
  return judgeCurl(version, engines);
}

/**
 * Judges a curl by what it prints.
 *
 * @param version - output of `curl -V`.
 * @param engines - output of `curl --engine list`, which names `<none>` where curl was built without engines.
 * @throws LyncauthError ADDON_MISSING
 */
export function judgeCurl(version: string, engines: string): KeyType {
  const line = version.split('\n', 1)[0] ?? '';
  const [, major, minor] = /^curl (\d+)\.(\d+)/.exec(line) ?? [];
  if (major === undefined || minor === undefined) throw unusable('it does not say which version it is');
  const number = [Number(major), Number(minor)];
  // In parentheses stand the TLS libraries that are built in and not used.
  if (!/ OpenSSL\//.test(line.replace(/\([^)]*\)/g, ''))) {
    throw unusable('its TLS library is not OpenSSL (as on Windows and macOS), so it does not know PKCS#11');
  }
  if (!reaches(number, OLDEST)) throw unusable(`it is version ${number.join('.')}, and ${OLDEST.join('.')} is the first that will do`);
  const list = engines.split('\n').slice(1);
  if (list.some((name) => /^\s+[a-z]/i.test(name))) return 'ENG';
  if (reaches(number, FIRST_WITH_PROVIDERS)) return 'PROV';
  throw unusable('it was built without OpenSSL engines');
}

function reaches([major = 0, minor = 0]: readonly number[], [wantedMajor = 0, wantedMinor = 0]: readonly number[]): boolean {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

async function ask(args: string[], env: Environment): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('curl', args, { env, timeout: PROBE_MS });
    return stdout;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'ENOENT' ? curlMissing(error) : unusable(`it cannot be run (${code})`, error);
  }
}

/** ADDON_MISSING where curl cannot stand in for the addon. */
export function curlMissing(cause: unknown): LyncauthError {
  return new LyncauthError(
    'ADDON_MISSING',
    'neither the addon that lets TLS use the card nor curl, which could stand in for it, is there',
    {
      hint: BUILD_ADDON_HINT,
      cause,
    },
  );
}

/** @param why - completes the sentence */
export function unusable(why: string, cause?: unknown): LyncauthError {
  return new LyncauthError(
    'ADDON_MISSING',
    `the addon that lets TLS use the card is not built, and this computer's curl cannot stand in: ${why}`,
    {
      hint: BUILD_ADDON_HINT,
      cause,
    },
  );
}
