// All benchmarks, one after the other; fails when one of them misses a goal.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
for (const name of ['startup', 'enrollment', 'sign-in', 'card', 'card-tls']) {
  const { status } = spawnSync(process.execPath, [join(here, `${name}.mjs`)], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
  process.stdout.write('\n');
}
