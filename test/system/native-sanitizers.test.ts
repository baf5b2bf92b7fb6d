/** The addon under AddressSanitizer and UndefinedBehaviorSanitizer: a report ends a program with a status of its own. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createNativePrograms, type NativePrograms } from '../support/native-program.js';
import { defineNativeSuite } from '../support/native-suite.js';
import { buildFaultyAddon, buildSanitizedAddon, SANITIZER_EXIT } from '../support/sanitizers.js';
import { scaled } from '../support/scale.js';

let programs: NativePrograms;

beforeAll(() => {
  programs = createNativePrograms(buildSanitizedAddon());
});
afterAll(() => programs.remove());

test.each(['heap-use-after-free', 'heap-buffer-overflow', 'signed integer overflow'])(
  'the sanitizers are awake: they see a %s',
  async (error) => {
    const run = await programs.start('faulty', { error }, buildFaultyAddon());
    expect([run.code, run.stdout]).toEqual([SANITIZER_EXIT, '']);
    expect(run.stderr).toContain(error);
  },
);

const counts = {
  keys: scaled(500),
  churn: scaled(10_000),
  contexts: scaled(3000),
  workers: scaled(40),
  fuzz: scaled(3000),
  calls: scaled(20_000),
};

defineNativeSuite(() => programs, counts, { measured: false });
