// Three projects: unit (one part of src/ at a time), e2e (the built program), system (what needs Debian packages or services).
import { defineConfig } from 'vitest/config';

const seconds = 1000;
const jsonReport = process.env.LYNCAUTH_TEST_REPORT;

export default defineConfig({
  test: {
    // CI counts tests from the JSON file; people read the default reporter.
    reporters: jsonReport === undefined ? ['default'] : ['default', ['json', { outputFile: jsonReport }]],
    // A native module is loaded once a process and cannot be shared by threads.
    pool: 'forks',
    // One more than the cores of a small machine: many tests wait for a program, a prompt or a limit.
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 30 * seconds, hookTimeout: 60 * seconds },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/build.ts'],
          testTimeout: 60 * seconds,
          hookTimeout: 60 * seconds,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          globalSetup: ['test/support/build.ts'],
          // Many start several services.
          maxWorkers: 2,
          testTimeout: 120 * seconds,
          hookTimeout: 120 * seconds,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
