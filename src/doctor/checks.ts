/** All checks, in the order in which one thing stands on the other: what fails first is often why the rest does. */
import { cards, pin } from './check-cards.js';
import { certificates, keys } from './check-certificates.js';
import { drivers } from './check-drivers.js';
import { enrollments } from './check-enrollments.js';
import { addons, files, node } from './check-program.js';
import { pcsc, readers } from './check-readers.js';
import type { Check, Facts, Finding } from './facts.js';

export const checks: readonly Check[] = [node, addons, files, pcsc, drivers, readers, cards, pin, certificates, keys, enrollments];

export interface CheckResult extends Finding {
  id: string;
  title: string;
}

/** What all checks say about `facts`. */
export function judgeAll(facts: Facts): CheckResult[] {
  return checks.flatMap(({ id, title, run }) => run(facts).map((finding) => ({ id, title, ...finding })));
}
