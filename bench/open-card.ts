/** A card on SoftHSM for measurements, as the program uses it. */
import { type CardModule, loadModule } from '../src/pkcs11/module.js';
import { login } from '../src/pkcs11/pin.js';
import { selectReader } from '../src/pkcs11/select.js';
import type { CardSession } from '../src/pkcs11/session.js';
import { Secret } from '../src/secret.js';
import { createProgress } from '../src/ui/progress.js';
import { watchDriver } from '../src/watchdog.js';
import { createToken, type TestToken } from '../test/support/softhsm.js';

export interface MeasuredCard {
  module: CardModule;
  /** Read-write, logged in. */
  session: CardSession;
  pin: Secret;
  close(): void;
}

/** Loads the driver as the program does: its calls watched, signal listeners off while one blocks. */
export function openModule(token: TestToken): CardModule {
  process.env.SOFTHSM2_CONF = token.conf;
  const { blocking } = createProgress({ stream: process.stderr, env: process.env, quiet: true, json: true });
  const { watch } = watchDriver({ render: ({ message }) => ({ stdout: '', stderr: `${message}\n` }) });
  return loadModule(token.modulePath, { blocking, watch });
}

/** A card of its own unless `token` is given; removed by close(). */
export function openCard(token: TestToken = createToken()): MeasuredCard {
  const module = openModule(token);
  const session = module.openSession(selectReader(module.readers(), token.label), 'read-write');
  const pin = new Secret(token.pin);
  login(session, pin);
  const close = () => {
    module.close();
    token.remove();
  };
  return { module, session, pin, close };
}
