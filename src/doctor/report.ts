/** What doctor found, as JSON and in words. */
import type { Outcome } from '../context.js';
import { EXIT } from '../errors.js';
import type { CheckResult } from './checks.js';

export interface DoctorResult {
  checks: CheckResult[];
  warnings: number;
  failures: number;
}

/** One line a finding, and under what is not well why it matters and what mends it. Exit code 1 when something fails. */
export function report(checks: CheckResult[]): Outcome<DoctorResult> {
  const count = (status: CheckResult['status']) => checks.filter((check) => check.status === status).length;
  const [warnings, failures] = [count('warn'), count('fail')];
  return {
    result: { checks, warnings, failures },
    text: [...checks.flatMap(describe), summary(warnings, failures)],
    exitCode: failures > 0 ? EXIT.failed : EXIT.ok,
  };
}

function describe({ status, title, about, detail, why, fix }: CheckResult): string[] {
  const subject = about === undefined ? title : `${title}, ${about}`;
  return [
    `${status.padEnd(4)}  ${subject}: ${detail}`,
    ...(why === undefined ? [] : [`      why: ${why}`]),
    ...(fix === undefined ? [] : [`      fix: ${fix}`]),
  ];
}

function summary(warnings: number, failures: number): string {
  if (failures + warnings === 0) return 'all is well';
  const parts = [
    failures === 0 ? [] : [failures === 1 ? '1 thing fails' : `${failures} things fail`],
    warnings === 0 ? [] : [warnings === 1 ? '1 warning' : `${warnings} warnings`],
  ].flat();
  return parts.join(', ');
}
