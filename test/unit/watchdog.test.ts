import { lookup } from 'node:dns/promises';
import { expect, test } from 'vitest';
import { LyncauthError } from '../../src/errors.js';
import { loadNative, type Native } from '../../src/native.js';
import { createWatchdog, endDespiteLookups, type WatchdogOptions, watchDriver } from '../../src/watchdog.js';

interface Begun {
  milliseconds: number;
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** An addon that only notes what it is told. */
function recorder(): { native: Native; begun: Begun[]; ended: number[] } {
  const begun: Begun[] = [];
  const ended: number[] = [];
  const native: Native = {
    addKey: () => {},
    removeKey: () => false,
    beginCall: (milliseconds, exitCode, stdout, stderr) =>
      begun.push({ milliseconds, exitCode, stdout: Buffer.from(stdout).toString(), stderr: Buffer.from(stderr).toString() }),
    endCall: (call) => void ended.push(call),
    refuseCoreFiles: () => {},
  };
  return { native, begun, ended };
}

const asText: WatchdogOptions['render'] = ({ message }) => ({ stdout: '', stderr: `error: ${message}\n` });
const asObject: WatchdogOptions['render'] = ({ message }) => ({ stdout: `{"message":"${message}"}\n`, stderr: '' });

test.each([
  ['C_Sign', undefined, 60_000],
  ['C_GenerateKeyPair', undefined, 300_000],
  ['C_Login on the PIN pad', undefined, 300_000],
  ['C_Sign', 3, 3000],
  ['C_GenerateKeyPair', 3, 3000],
  ['C_Login', 0.5, 500],
])('%s with --timeout %s may take %i milliseconds', (call, seconds, milliseconds) => {
  const { native, begun } = recorder();
  createWatchdog(native, { seconds, render: asText })(call);
  expect(begun).toMatchObject([{ milliseconds, exitCode: 3 }]);
});

test('each call is ended by its own number', () => {
  const { native, ended } = recorder();
  const watch = createWatchdog(native, { render: asText });
  const [first, second] = [watch('C_Login'), watch('C_Sign')];
  second();
  first();
  expect(ended).toEqual([2, 1]);
});

test('the error names the call and the limit, and what to do', () => {
  const errors: LyncauthError[] = [];
  const render: WatchdogOptions['render'] = (error) => {
    errors.push(error);
    return { stdout: '', stderr: '' };
  };
  createWatchdog(recorder().native, { seconds: 3, render })('C_Sign');
  createWatchdog(recorder().native, { seconds: 1, render })('C_Login');
  expect(errors).toMatchObject([
    {
      code: 'DRIVER_TIMEOUT',
      message: 'the driver did not return from C_Sign within 3 seconds',
      hint: 'take the card out and put it back, or allow more time with --timeout SECONDS',
      details: { call: 'C_Sign', seconds: 3 },
    },
    { message: 'the driver did not return from C_Login within 1 second' },
  ]);
});

test.each(['C_SetPIN', 'C_SetPIN on the PIN pad'])('%s: the error says that nobody knows which PIN holds', (call) => {
  const { native, begun } = recorder();
  const render: WatchdogOptions['render'] = ({ message, hint }) => ({ stdout: '', stderr: `${message}; ${hint}` });
  createWatchdog(native, { seconds: 3, render })(call);
  expect(begun[0]?.stderr).toBe(
    `the driver did not return from ${call} within 3 seconds, and it is unknown whether the card changed its PIN; take the card out and put it back, and try the new PIN before the old one`,
  );
});

test('the texts are rendered once for each name', () => {
  const rendered: string[] = [];
  const { native, begun } = recorder();
  const watch = createWatchdog(native, {
    render: (error) => {
      rendered.push(error.message);
      return asObject(error);
    },
  });
  for (const call of ['C_Sign', 'C_Login', 'C_Sign', 'C_Login']) watch(call)();
  expect(rendered).toHaveLength(2);
  expect(begun.map(({ stdout }) => stdout)).toEqual([
    '{"message":"the driver did not return from C_Sign within 60 seconds"}\n',
    '{"message":"the driver did not return from C_Login within 60 seconds"}\n',
    '{"message":"the driver did not return from C_Sign within 60 seconds"}\n',
    '{"message":"the driver did not return from C_Login within 60 seconds"}\n',
  ]);
});

test('the line of a spinner is cleared before an error, and only then', () => {
  const { native, begun } = recorder();
  createWatchdog(native, { render: asText, prefix: '<clear>' })('C_Sign');
  createWatchdog(native, { render: asObject, prefix: '<clear>' })('C_Sign');
  expect(begun[0]?.stderr).toBe('<clear>error: the driver did not return from C_Sign within 60 seconds\n');
  expect(begun[1]?.stderr).toBe('');
});

test.each([
  [undefined, 'its calls may take 60 seconds, key generation and a PIN pad 300'],
  [3, 'its calls may take 3 seconds'],
  [1, 'its calls may take 1 second'],
])('with --timeout %s -v says: %s', (seconds, limits) => {
  expect(watchDriver({ seconds, render: asText }).limits).toBe(limits);
});

test('tens of thousands of calls in a row, also within each other, end nothing', () => {
  const watch = createWatchdog(loadNative(), { seconds: 0.3, render: asText });
  for (let count = 0; count < 20_000; count += 1) {
    const outer = watch('C_FindObjectsInit');
    watch('C_FindObjects')();
    outer();
  }
});

test('a call that is still open when the result is printed adds no second result', () => {
  const { native, begun, ended } = recorder();
  const driver = watchDriver({ seconds: 3, render: asObject }, () => native);
  const end = driver.watch?.('C_Sign');
  driver.resultPrinted(9);
  expect(begun).toMatchObject([
    { exitCode: 3, stdout: expect.stringContaining('C_Sign'), stderr: '' },
    { exitCode: 9, stdout: '', stderr: expect.stringContaining('warning: the driver did not return from C_Sign') },
  ]);
  end?.();
  expect(ended).toEqual([1, 2]);
});

test('a process in which a name is being looked up is ended with its exit code, and without another word', async () => {
  const { native, begun } = recorder();
  endDespiteLookups(4, () => native);
  expect(begun).toEqual([]);
  const pending = lookup('localhost');
  endDespiteLookups(4, () => native);
  expect(begun).toEqual([{ milliseconds: 1, exitCode: 4, stdout: '', stderr: '' }]);
  endDespiteLookups(4, () => {
    throw new LyncauthError('ADDON_MISSING', 'not built');
  });
  await pending;
});
