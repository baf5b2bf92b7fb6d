/** Signs in with the built program under the conditions of an outcome, and expects it to the letter. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readSettings } from '../../../src/lab/directory.js';
import type { CliOptions } from '../cli.js';
import type { SignInLab } from '../signed-in.js';
import type { Outcome } from './outcome.js';

const ALICE = 'alice@lab.test';

/** @param env - what makes the circumstances of the outcome, when it has any */
export async function expectOutcome(lab: SignInLab, outcome: Outcome, env: NonNullable<CliOptions['env']> = {}): Promise<void> {
  lab.faults(...outcome.faults);
  const address = outcome.given === "somebody else's address" ? 'bob@lab.test' : ALICE;
  const run = await lab.signIn([address, ...outcome.args], { env });
  const answer = run.json();
  if ('method' in outcome) {
    expect(answer).toMatchObject({ ok: true, result: { signedIn: true, address: ALICE, method: outcome.method } });
    expect(run.code).toBe(0);
    expect(insteadOf(answer.result, lab)).toBe(outcome.instead);
    rmSync(join(lab.dir, 'config', 'sign-in'), { recursive: true });
    return;
  }
  const { code, message, hint } = answer.error ?? {};
  const { exit, code: expected, says, hint: advice } = outcome;
  expect([run.code, code, named(message, lab, env), named(hint, lab, env)]).toEqual([exit, expected, says, advice]);
  expect(lab.stored()).toEqual([]);
}

/** Why `auto` did not use the method that comes first. */
function insteadOf(
  { notUsed, method }: { notUsed: { method: string; reason: string }[]; method: string },
  lab: SignInLab,
): string | undefined {
  const reason = notUsed.find((each) => each.method === 'passive')?.reason;
  return reason === undefined || reason === `--method ${method} was given` ? undefined : named(reason, lab, {});
}

/** `text` with the hosts of every practice organisation called by the same names. */
function named(
  text: string,
  { dir, env }: SignInLab,
  { LYNCAUTH_CARD: label = env.LYNCAUTH_CARD }: NonNullable<CliOptions['env']>,
): string {
  const { port, stsPort, certificatePort } = readSettings(dir);
  return (
    text
      .replaceAll(`localhost:${port}`, 'POOL')
      .replaceAll(`localhost:${stsPort}`, 'ADFS')
      .replaceAll(`localhost:${certificatePort}`, 'ADFS:49443')
      .replaceAll(`port ${certificatePort} of localhost`, 'port 49443 of ADFS')
      .replaceAll(`"${label}"`, '"CARD"')
      .replace(/\(serial [0-9a-f]+\) in SoftHSM slot ID 0x[0-9a-f]+/g, '(serial NUMBER) in READER')
      // Addresses of pools that are none.
      .replace(/\bnohost\.invalid\b|\blocalhost:1\b/g, 'POOL')
      .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UUID')
  );
}
