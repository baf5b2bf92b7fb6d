/** The process of a probe, whatever it looks at, ends itself. */
import { expect, test, vi } from 'vitest';
import { probe } from '../../../src/doctor/probe.js';
import { ADDONS, type ProbeMessage } from '../../../src/doctor/run-probe.js';

const begun = vi.hoisted((): number[] => []);
vi.mock('../../../src/native.js', () => ({ loadNative: () => ({ beginCall: (milliseconds: number) => begun.push(milliseconds) }) }));

test('a look at the addons has an end, and the addon that sees to it is named before it is loaded', async () => {
  const told: ProbeMessage[] = [];
  const send = (message: ProbeMessage, _handle: unknown, _options: unknown, sent: () => void) => {
    told.push({ ...message, ...(begun.length > 0 && message.call !== undefined ? { call: `${message.call}, with an end` } : {}) });
    sent();
    return true;
  };
  await probe({ what: ADDONS, seconds: 12, blocking: (call) => call() }, send as unknown as NodeJS.Process['send']);
  expect(begun).toEqual([12_000]);
  expect(told.slice(0, 2)).toEqual([{ call: 'lyncauth' }, { call: 'pkcs11js, with an end' }]);
  expect(told.at(-1)).toMatchObject({ facts: {} });
});
