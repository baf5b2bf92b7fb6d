/** Enrolls many cards in one process through src/enrollment and prints the milliseconds that each took, as JSON. Runs inside `lyncauth lab run`. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertsrvClient } from '../src/ca-client/certsrv.js';
import { enroll } from '../src/enrollment/enroll.js';
import { Journal } from '../src/enrollment/journal.js';
import { createHttpClient } from '../src/http/client.js';
import { loadModule } from '../src/pkcs11/module.js';
import { login } from '../src/pkcs11/pin.js';
import { Secret } from '../src/secret.js';

const { env } = process;
const given = (name: string): string => env[name] ?? '';
const secretIn = (name: string) => new Secret(readFileSync(given(name), 'utf8').trim());
const prefix = process.argv[2] ?? '';

const dir = mkdtempSync(join(tmpdir(), 'lyncauth-bench-'));
const pin = secretIn('LYNCAUTH_PIN_FILE');
const module = loadModule(given('LYNCAUTH_MODULE'), { blocking: (call) => call() });
const http = createHttpClient({ caFile: given('LYNCAUTH_CA_FILE'), env, timeoutMs: 60_000 });
const ca = createCertsrvClient({
  url: given('LYNCAUTH_CA'),
  http,
  auth: { scheme: 'basic', user: given('LYNCAUTH_USER'), password: secretIn('LYNCAUTH_PASSWORD_FILE') },
});
const journal = new Journal(join(dir, 'journal'));
const quiet = {
  step: <T>(_label: string, work: () => Promise<T>) => work(),
  note: () => {},
  warn: () => {},
  blocking: <T>(call: () => T) => call(),
};
const plan = {
  ca: ca.url,
  template: 'SmartcardUser',
  upn: given('LYNCAUTH_UPN'),
  keyType: 'p256' as const,
  hash: 'sha256' as const,
  name: 'bench',
  existingKey: undefined,
  replace: false,
  deleteOldKey: false,
  clientInfo: undefined,
};

const times: number[] = [];
for (const reader of module.readers().filter(({ token }) => token?.label.startsWith(prefix) === true)) {
  const start = performance.now();
  const session = module.openSession(reader, 'read-write');
  await enroll(journal.begin(session.tokenInfo(), plan, new Date()), {
    session,
    ca,
    journal,
    progress: quiet,
    savedDir: dir,
    now: () => new Date(),
    unlock: async () => login(session, pin),
    contextPin: () => pin,
    confirm: async () => true,
    mayDeleteKey: async () => false,
  });
  session.close();
  times.push(performance.now() - start);
}
http.close();
module.close();
rmSync(dir, { recursive: true });
process.stdout.write(JSON.stringify(times));
