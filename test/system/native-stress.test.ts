/** The addon in numbers and at bad moments, as it is installed. */
import { afterAll, beforeAll } from 'vitest';
import { createNativePrograms, type NativePrograms } from '../support/native-program.js';
import { defineNativeSuite } from '../support/native-suite.js';
import { scaled } from '../support/scale.js';

let programs: NativePrograms;

beforeAll(() => {
  programs = createNativePrograms();
});
afterAll(() => programs.remove());

// Contexts and churn are never scaled: a leak must stand out from what Node itself gains and loses.
const counts = { keys: scaled(500), churn: 20_000, contexts: 3000, workers: scaled(40), fuzz: scaled(3000), calls: scaled(20_000) };

defineNativeSuite(() => programs, counts, { measured: true });
