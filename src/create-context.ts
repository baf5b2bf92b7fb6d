/** Builds what a command is given. Every part is loaded when it is first used, not before. */
import type { Context, GlobalOptions } from './context.js';
import type { HttpClient } from './http/client.js';
import { importModule } from './pkcs11/binding.js';
import type { CardModule } from './pkcs11/module.js';
import { statePaths } from './store/paths.js';
import type { Settings } from './store/settings.js';
import { createLog } from './ui/log.js';
import { createProgress } from './ui/progress.js';
import { createPrompter } from './ui/prompter.js';
import { canAnimate } from './ui/streams.js';
import { openTerminal } from './ui/terminal.js';
import type { DriverWatch, WatchdogOptions } from './watchdog.js';

/** Seconds that an exchange with a server may take; a CA's decision may take longer (see the CA's client). */
const EXCHANGE_SECONDS = 60;

const ERASE_LINE = '\r\u001b[K';

/**
 * The context of one run, and what ends it: the card's driver and the network connections.
 * @param loadRenderer - of the error that is printed when a call of the driver takes too long
 * @returns `close` wants the exit code of what was printed
 */
export async function createContext(
  options: GlobalOptions,
  host: NodeJS.Process,
  loadRenderer: () => Promise<WatchdogOptions['render']>,
): Promise<{ context: Context; close(exitCode: number): void }> {
  const { env } = host;
  const paths = statePaths(env, options.configDir);
  const log = createLog({
    verbose: options.verbose === true,
    trace: options.trace === true,
    logFile: options.logFile,
    stream: host.stderr,
  });
  const progress = createProgress({
    stream: host.stderr,
    env,
    quiet: options.quiet === true,
    json: options.json === true,
    color: options.color,
  });
  const prompter = createPrompter({
    interactive: options.input,
    terminal: options.input ? openTerminal(env, { color: options.color }) : undefined,
    env,
    askpass: options.askpass,
    allowPinEnv: options.allowPinEnv === true,
    progress,
  });
  let module: CardModule | undefined;
  let driver: DriverWatch | undefined;
  let client: HttpClient | undefined;
  let settings: Settings | undefined;
  const context: Context = {
    env,
    paths,
    log,
    progress,
    prompter,
    now: () => new Date(),
    settings: async () => {
      settings ??= await (await import('./store/settings.js')).loadSettings(paths);
      return settings;
    },
    card: async (choice) => {
      const chosen = await context.settings();
      const [{ locateModule }, { loadModule }] = await Promise.all([import('./pkcs11/locate.js'), importModule()]);
      const path = locateModule({ ...choice, env, settingsModule: chosen.get('module'), settingsDriver: chosen.get('driver') });
      if (module !== undefined) return module;
      const [{ watchDriver }, render] = await Promise.all([import('./watchdog.js'), loadRenderer()]);
      driver ??= watchDriver({ seconds: options.timeout, render, prefix: canAnimate(host.stderr, env) ? ERASE_LINE : '' });
      module = loadModule(path, { blocking: progress.blocking, log, watch: driver.watch });
      log.verbose(`the card's driver is ${path}; ${driver.limits}`);
      return module;
    },
    http: async ({ caFile }) => {
      const { createHttpClient } = await import('./http/client.js');
      client ??= createHttpClient({ caFile, env, timeoutMs: (options.timeout ?? EXCHANGE_SECONDS) * 1000, log, tell: progress.note });
      return client;
    },
  };
  return {
    context,
    close: (exitCode) => {
      driver?.resultPrinted(exitCode);
      client?.close();
      module?.close();
    },
  };
}
