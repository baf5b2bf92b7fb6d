import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import pkcs11 from 'pkcs11js';
import { expect, onTestFinished, test, vi } from 'vitest';
import { loadModule } from '../../../src/pkcs11/module.js';
import { selectReader } from '../../../src/pkcs11/select.js';
import { openCard, openFaultyCard } from '../../support/card.js';
import { createEmptyToken, createToken, softhsmModule } from '../../support/softhsm.js';

function scratch(): string {
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-module-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

// each of these ends the process, or would be loaded as something else, when the binding gets it
test.each([[undefined], [5], [null], [''], [{}], ['a\0b']])('%o is refused as a module path', (path) => {
  expect(() => loadModule(path as string)).toThrowError(expect.objectContaining({ code: 'MODULE_NOT_FOUND' }));
});

test('a missing file is not found', () => {
  expect(() => loadModule('/nonexistent/libx.so')).toThrowError(
    expect.objectContaining({ code: 'MODULE_NOT_FOUND', message: 'there is no PKCS#11 module /nonexistent/libx.so' }),
  );
});

test('a directory is no module', () => {
  expect(() => loadModule(scratch())).toThrowError(
    expect.objectContaining({ code: 'MODULE_INVALID', message: expect.stringContaining('not a file') }),
  );
});

test('a text file is no module', () => {
  const path = join(scratch(), 'text.so');
  writeFileSync(path, 'hello');
  expect(() => loadModule(path)).toThrowError(expect.objectContaining({ code: 'MODULE_INVALID' }));
});

test('a library without C_GetFunctionList is no module', () => {
  const path = join(scratch(), 'addon.so');
  copyFileSync('node_modules/pkcs11js/build/Release/pkcs11.node', path);
  expect(() => loadModule(path)).toThrowError(expect.objectContaining({ code: 'MODULE_INVALID' }));
});

test('a relative path starts at the working directory', () => {
  const token = createToken();
  onTestFinished(() => token.remove());
  process.env.SOFTHSM2_CONF = token.conf;
  const module = loadModule(relative(process.cwd(), softhsmModule()));
  onTestFinished(() => module.close());
  expect(module.path).toBe(softhsmModule());
});

test('a driver that cannot start says how to mend it', () => {
  process.env.SOFTHSM2_CONF = '/nonexistent/softhsm2.conf';
  expect(() => loadModule(softhsmModule())).toThrowError(
    expect.objectContaining({
      code: 'DRIVER_FAILED',
      hint: expect.stringContaining('SOFTHSM2_CONF'),
      details: { ckr: 'CKR_GENERAL_ERROR' },
    }),
  );
});

test('the driver is told that threads are used', () => {
  const initialize = vi.spyOn(pkcs11.PKCS11.prototype, 'C_Initialize');
  onTestFinished(() => initialize.mockRestore());
  openCard();
  expect(initialize).toHaveBeenCalledWith({ flags: pkcs11.CKF_OS_LOCKING_OK });
  expect(pkcs11.CKF_OS_LOCKING_OK).toBe(2);
});

test('a module that is in use in this process already is an error, not shared in silence', () => {
  const { token } = openCard();
  expect(() => loadModule(token.modulePath)).toThrowError(
    expect.objectContaining({ code: 'DRIVER_FAILED', details: { ckr: 'CKR_CRYPTOKI_ALREADY_INITIALIZED' } }),
  );
});

test('a driver that claims to be initialised when it is not does not get through', async () => {
  const { module, fault } = await openFaultyCard();
  module.close();
  fault.rules(['fail C_Initialize CKR_CRYPTOKI_ALREADY_INITIALIZED']);
  expect(() => loadModule(module.path)).toThrowError(expect.objectContaining({ code: 'DRIVER_FAILED' }));
});

test('close may be called twice, and the module can be loaded again', () => {
  const { module, token } = openCard();
  const session = module.openSession(selectReader(module.readers(), undefined), 'read-only');
  module.close();
  module.close();
  expect(() => session.tokenInfo()).toThrow();
  expect(() => module.readers()).toThrowError(/closed/);
  const again = loadModule(token.modulePath);
  expect(again.readers()).toHaveLength(2);
  again.close();
});

test('the readers show cards with padding removed, and what is not initialised', () => {
  const { module } = openCard({ label: 'Zoë' });
  const [reader, blank] = module.readers();
  expect(reader).toMatchObject({
    present: true,
    name: expect.stringMatching(/^SoftHSM slot ID 0x[0-9a-f]+$/),
    token: {
      label: 'Zoë',
      model: 'SoftHSM v2',
      manufacturer: 'SoftHSM project',
      driver: 'softhsm',
      kind: 'software',
      initialized: true,
      loginRequired: true,
    },
  });
  expect(reader?.token?.pin).toEqual({ state: 'ok', min: 4, max: 255 });
  expect(blank?.token).toMatchObject({ label: '', initialized: false, pin: { state: 'unset' } });
});

test('the readers can be written as JSON, though the binding gives memory sizes as bigint', () => {
  expect(() => JSON.stringify(openCard().module.readers())).not.toThrow();
});

test('a card is found again by its serial after slot numbers have changed', () => {
  const { module, token } = openCard();
  const serial = selectReader(module.readers(), token.label).token?.serial ?? '';
  module.close();
  token.add({ label: 'Second' });
  const again = loadModule(token.modulePath);
  expect(selectReader(again.readers(), serial).token?.label).toBe(token.label);
  again.close();
});

test('without an initialised token there is no card to choose', () => {
  const { dir, conf } = createEmptyToken();
  onTestFinished(() => rmSync(dir, { recursive: true }));
  process.env.SOFTHSM2_CONF = conf;
  const module = loadModule(softhsmModule());
  onTestFinished(() => module.close());
  expect(() => selectReader(module.readers(), undefined)).toThrowError(expect.objectContaining({ code: 'CARD_UNINITIALIZED' }));
});

test('where a reader of cards has none, it looks once more before it says so', async () => {
  let looks = 0;
  let found = () => {};
  const blocking = <T>(call: () => T): T => {
    const result = call();
    looks += 1;
    found();
    return result;
  };
  const rules = ['manufacturer OpenSC Project', 'card absent'];
  const { module, fault } = await openFaultyCard({ blocking, rules });
  looks = 0;
  expect(module.readers().map(({ present }) => present)).not.toContain(true);
  expect(looks).toBe(2);
  found = () => fault.rules([]);
  expect(module.readers()[0]).toMatchObject({ present: true, token: { label: 'Test card' } });
  looks = 0;
  module.readers();
  expect(looks).toBe(1);
});

test('every native call that blocks goes through the function that was given, one at a time', () => {
  let depth = 0;
  const depths: number[] = [];
  const blocking = <T>(call: () => T): T => {
    depth += 1;
    depths.push(depth);
    try {
      return call();
    } finally {
      depth -= 1;
    }
  };
  const { module } = openCard({ blocking });
  const before = depths.length;
  module.readers();
  expect([before > 0, depths.length - before, new Set(depths).size]).toEqual([true, 1, 1]);
});

test('the trace tells calls and return values, never a PIN', () => {
  const lines: string[] = [];
  const log = { verbose: () => undefined, trace: (text: string) => void lines.push(text) };
  const { openLoggedIn, pin } = openCard({ log });
  openLoggedIn();
  expect(lines.join('\n')).toContain('login');
  expect(lines.join('\n')).not.toContain(pin.reveal());
});

test('an empty reader is listed, and opening it says that there is no card', async () => {
  const { module, fault } = await openFaultyCard();
  fault.rules(['card absent']);
  expect(module.presentReaders()).toEqual([]);
  const [reader] = module.readers();
  expect(reader?.present).toBe(false);
  expect(() => module.openSession(reader as never, 'read-only')).toThrowError(expect.objectContaining({ code: 'NO_CARD' }));
  fault.rules([]);
  expect(module.presentReaders().length).toBeGreaterThan(0);
});

test('a card that is pulled while the readers are listed is shown as an empty reader', async () => {
  const { module, fault } = await openFaultyCard();
  fault.rules(['fail C_GetTokenInfo CKR_TOKEN_NOT_PRESENT times=1']);
  expect(module.readers().map(({ present }) => present)).toEqual([false, true]);
});

test('a card that the driver does not recognise is present without a token', async () => {
  const { module, fault } = await openFaultyCard();
  fault.rules(['fail C_GetTokenInfo CKR_TOKEN_NOT_RECOGNIZED times=1']);
  expect(module.readers()[0]).toMatchObject({ present: true });
  fault.rules(['fail C_GetTokenInfo CKR_TOKEN_NOT_RECOGNIZED']);
  expect(() => selectReader(module.readers(), undefined)).toThrowError(expect.objectContaining({ code: 'CARD_UNSUPPORTED' }));
});

test('a card that cannot be read says why, and hides no other', async () => {
  const { module, fault } = await openFaultyCard();
  fault.rules(['fail C_GetTokenInfo CKR_DEVICE_ERROR times=1']);
  expect(module.readers()).toMatchObject([
    { present: true, error: { code: 'CARD_FAILED', details: { ckr: 'CKR_DEVICE_ERROR' } } },
    { present: true, token: { initialized: false } },
  ]);
});

test('waiting for a card asks the readers, not the cards', async () => {
  const { module, fault } = await openFaultyCard();
  fault.clearLog();
  module.presentReaders();
  expect(fault.calls('C_GetTokenInfo')).toEqual([]);
  expect(fault.calls('C_GetSlotList').length).toBeGreaterThan(0);
});

test('no reader at all is an empty list', async () => {
  const { module, fault } = await openFaultyCard();
  fault.rules(['reader absent']);
  expect(module.readers()).toEqual([]);
});
