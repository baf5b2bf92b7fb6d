import { expect, test } from 'vitest';
import { report } from '../../../src/doctor/report.js';

const WELL = { id: 'node', title: 'Node.js', status: 'ok', detail: '20.20.2' } as const;
const WARNED = { id: 'pin', title: 'PIN', status: 'warn', about: 'card "Kim"', detail: 'low', why: 'it blocks', fix: 'be sure' } as const;
const FAILED = { ...WARNED, status: 'fail' } as const;

test('a machine that is well has a line for each check, and exit code 0', () => {
  expect(report([WELL])).toEqual({
    ...{ result: { checks: [WELL], warnings: 0, failures: 0 }, exitCode: 0, text: ['ok    Node.js: 20.20.2', 'all is well'] },
  });
});

test('a finding comes with why it matters and what mends it', () => {
  expect(report([WARNED]).text).toEqual(['warn  PIN, card "Kim": low', '      why: it blocks', '      fix: be sure', '1 warning']);
});

test.each([
  [[WELL, WARNED, WARNED], 0, '2 warnings'],
  [[WARNED, FAILED], 1, '1 thing fails, 1 warning'],
  [[FAILED, FAILED], 1, '2 things fail'],
])('warnings alone are no failure', (checks, exitCode, last) => {
  const { text, ...outcome } = report([...checks]);
  expect([outcome.exitCode, text?.at(-1)]).toEqual([exitCode, last]);
});
