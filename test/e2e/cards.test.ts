import { generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { selfSigned } from '../../src/x509/issue-certificate.js';
import { program, runCommand } from '../support/cli.js';
import { createDesk, type Desk } from '../support/desk.js';
import { startLab, type TestLab } from '../support/lab.js';
import { addCertificates } from '../support/raw-card.js';

const DAY = 24 * 3600 * 1000;
/** SoftHSM always shows one more card, that nobody has initialised. */
const BLANK = { name: expect.stringMatching(/^SoftHSM slot ID 0x[0-9a-f]+$/), present: true };
const PIN = { state: 'ok', min: 4, max: 255 };
let desk: Desk;

/** A certificate that ended `days` ago. */
function endedAgo(days: number): Buffer {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const notAfter = new Date(Date.now() - days * DAY);
  const content = {
    subject: 'CN=Old card',
    notBefore: new Date(notAfter.getTime() - 30 * DAY),
    notAfter,
    keyUsage: ['digitalSignature'] as const,
  };
  return selfSigned(content, key);
}

describe('an enrolled card', () => {
  let lab: TestLab;
  beforeAll(async () => {
    lab = await startLab();
    await lab.enroll();
  });
  afterAll(() => lab.stop());

  test('is shown as JSON with its PIN state, key and certificate', async () => {
    const enrolled = (await lab.enroll()).json().result;
    const run = await lab.run(['cards', '--json']);
    expect(run.json()).toEqual({
      ok: true,
      command: 'cards',
      result: {
        readers: [
          {
            name: expect.stringMatching(/^SoftHSM slot ID 0x[0-9a-f]+$/),
            present: true,
            token: {
              ...enrolled.token,
              pin: PIN,
              certificates: [
                {
                  keyId: enrolled.key.id,
                  label: 'alice@lab.test',
                  ...enrolled.certificate,
                  daysLeft: expect.toSatisfy((days) => days >= 364),
                },
              ],
              keys: [{ id: enrolled.key.id, label: 'alice@lab.test', type: 'rsa2048' }],
            },
          },
          BLANK,
        ],
      },
    });
    expect(enrolled.certificate).toEqual({
      subject: 'E=alice@lab.test,CN=Alice Example,OU=lyncauth practice organisation,DC=lab,DC=test',
      issuer: expect.stringContaining('lyncauth practice organisation root'),
      serialNumber: expect.stringMatching(/^[0-9a-f]+$/),
      upn: 'alice@lab.test',
      notBefore: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      notAfter: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      extendedKeyUsage: ['1.3.6.1.5.5.7.3.4', '1.3.6.1.5.5.7.3.2', '1.3.6.1.4.1.311.20.2.2'],
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      template: 'SmartcardUser',
      strongMapping: true,
    });
    expect([run.code, run.stderr]).toEqual([0, '']);
  });

  test('is shown to a person as a table', async () => {
    const run = await lab.run(['cards']);
    expect(run.stdout).toMatch(
      new RegExp(
        [
          '^SoftHSM slot ID 0x[0-9a-f]+: Test card',
          'serial [0-9a-f]{16}, SoftHSM v2 \\(software, driver softhsm\\)',
          'PIN ok',
          'OBJECT       KEY ID                            LABEL           CONTENT',
          'key          [0-9a-f]{32}  alice@lab\\.test  rsa2048',
          'certificate  [0-9a-f]{32}  alice@lab\\.test  alice@lab\\.test, 36\\d days left',
          '',
          'SoftHSM slot ID 0x[0-9a-f]+: a card that is not initialised, or that the driver does not know\n$',
        ].join('\n'),
      ),
    );
    expect([run.code, run.stderr]).toEqual([0, '']);
  });

  test('is shown without a stack trace when the reader of the output has gone', async () => {
    const pipe = ['bash', '-c', '"$@" | head -n 1', 'bash', process.execPath, program, 'cards'];
    const run = await runCommand(pipe, { env: lab.env });
    expect(run.stdout).toMatch(/^SoftHSM slot ID 0x[0-9a-f]+: Test card\n$/);
    expect(run.stderr).toBe('');
    const closed = ['bash', '-c', 'exec 3>&1; { "$@" 2>&3; echo "ended $?" >&3; } | true', 'bash', process.execPath, program];
    const gone = await runCommand([...closed, 'cards'], { env: lab.env });
    expect(gone.stdout).toMatch(/^ended [01]\n$/);
  });
});

describe('cards and readers', () => {
  beforeEach(() => {
    desk = createDesk();
  });
  afterEach(() => desk.remove());

  async function readers(args: string[] = []): Promise<{ name: string; present: boolean; token?: { label: string; serial: string } }[]> {
    const run = await desk.run(['cards', '--json', ...args]);
    expect(run.json()).toMatchObject({ ok: true, command: 'cards' });
    return run.json().result.readers;
  }

  test('an empty card has no keys and no certificates', async () => {
    expect((await readers()).filter((reader) => reader.token !== undefined)).toMatchObject([
      { present: true, token: { label: 'Test card', pin: PIN, keys: [], certificates: [] } },
    ]);
    expect((await desk.run(['cards'])).stdout).toContain('PIN ok\nno keys, no certificates\n');
  });

  test('a certificate that has expired, and bytes that are none, are shown as what they are', async () => {
    addCertificates(desk.token, [
      { id: '0a', label: 'Expired', value: endedAgo(3.5) },
      { id: '0b', label: 'Yesterday', value: endedAgo(0.5) },
      { id: '0c', label: 'Broken', value: Buffer.from('no certificate') },
    ]);
    const [reader] = await readers(['--card', 'Test card']);
    expect(reader).toMatchObject({
      token: {
        certificates: expect.arrayContaining([
          expect.objectContaining({ keyId: '0a', label: 'Expired', subject: 'CN=Old card', daysLeft: -4 }),
          { keyId: '0c', label: 'Broken', unreadable: true },
        ]),
      },
    });
    const text = (await desk.run(['cards'])).stdout;
    expect(text).toMatch(/^certificate {2}0a {6}Expired {4}CN=Old card, expired 4 days ago$/m);
    expect(text).toMatch(/^certificate {2}0b {6}Yesterday {2}CN=Old card, expired 1 day ago$/m);
    expect(text).toMatch(/^certificate {2}0c {6}Broken {5}unreadable$/m);
  });

  test('text of a card cannot move the cursor, reorder letters or make lines of its own; JSON keeps it exactly', async () => {
    const label = 'Kim\u001b[2J\u202e\ncertificate  ff  forged';
    addCertificates(desk.token, [{ id: '0a', label, value: Buffer.from('x') }]);
    const run = await desk.run(['cards', '--json', '--card', 'Test card']);
    expect(run.json().result.readers[0].token.certificates[0].label).toBe(label);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(run.stdout.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    const text = (await desk.run(['cards'])).stdout;
    expect(text).toContain('certificate  0a      Kim certificate  ff  forged  unreadable\n');
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('\u202e');
  });

  test('one of several cards is named by label, serial number, reader or PKCS#11 URI', async () => {
    desk.token.add({ label: 'Second card' });
    const second = (await readers()).find((reader) => reader.token?.label === 'Second card');
    const serial = second?.token?.serial ?? '';
    for (const card of ['Second card', serial, 'pkcs11:token=Second%20card', `pkcs11:serial=${serial}`])
      expect((await readers(['--card', card])).map((reader) => reader.token?.serial)).toEqual([serial]);
    expect((await readers(['--reader', second?.name ?? ''])).map((reader) => reader.token?.serial)).toEqual([serial]);
  });

  test('all are listed whatever card and reader the environment and the settings name', async () => {
    desk.token.add({ label: 'Second card' });
    const env = { LYNCAUTH_CARD: 'Second card', LYNCAUTH_READER: 'no such reader' };
    await desk.run(['config', 'set', 'card', 'Second card']);
    const { result } = (await desk.run(['cards', '--json'], { env })).json();
    expect(result.readers.map((reader: { token?: { label: string } }) => reader.token?.label).sort()).toEqual([
      'Second card',
      'Test card',
      undefined,
    ]);
  });

  test('a reader that is not there is an error that lists those that are: 3', async () => {
    const run = await desk.run(['cards', '--json', '--reader', 'Omnikey']);
    expect(run.json().error).toMatchObject({
      code: 'NO_READER',
      message: expect.stringMatching(/^there is no reader "Omnikey"; there is "SoftHSM slot ID 0x[0-9a-f]+"/),
      hint: 'give --reader one of these names, or a part of one',
    });
    expect(run.code).toBe(3);
  });

  test.each(['C_OpenSession', 'C_GetTokenInfo'])('a card that fails at %s is told beside the others: 3', async (call) => {
    desk.token.add({ label: 'Second card' });
    const rule = `fail ${call} CKR_DEVICE_ERROR times=1`;
    desk.card.rules([rule]);
    const run = await desk.run(['cards', '--json']);
    const [broken, other] = run.json().result.readers;
    const error = { code: 'CARD_FAILED', message: expect.stringContaining('CKR_DEVICE_ERROR') };
    expect(broken).toEqual({ name: expect.any(String), present: true, error });
    expect(other.token).toMatchObject({ label: expect.stringMatching(/^(Second|Test) card$/), keys: [] });
    expect([run.json().ok, run.code]).toEqual([true, 3]);
    desk.card.rules([rule]);
    const text = await desk.run(['cards']);
    expect(text.stdout).toMatch(/^SoftHSM slot ID 0x[0-9a-f]+: the card cannot be read: .*CKR_DEVICE_ERROR/m);
    expect(text.stdout).toContain('PIN ok\nno keys, no certificates\n');
    expect([text.stderr, text.code]).toEqual(['', 3]);
  });

  test('with --wait all are listed once a card is there', async () => {
    desk.token.add({ label: 'Second card' });
    expect((await readers(['--wait', '60'])).filter((reader) => reader.token !== undefined)).toHaveLength(2);
  });

  test('-v says which driver is used and how long its calls may take', async () => {
    const { stderr } = await desk.run(['cards', '-v']);
    const limits = 'its calls may take 60 seconds, key generation and a PIN pad 300';
    expect(stderr).toContain(`verbose: the card's driver is ${desk.card.modulePath}; ${limits}\n`);
  });

  test('several cards that fit are an error that lists them: 2', async () => {
    desk.token.add({ label: 'Test card' });
    const found = (await readers()).flatMap((reader) => (reader.token === undefined ? [] : [{ ...reader.token, reader: reader.name }]));
    const run = await desk.run(['change-pin', '--json', '--no-input', '--card', 'Test card']);
    expect(run.json()).toEqual({
      ok: false,
      command: 'change-pin',
      error: {
        code: 'CARD_AMBIGUOUS',
        message: `2 cards fit: ${found.map((card) => `"Test card" (serial ${card.serial}) in ${card.reader}`).join('; ')}`,
        hint: 'choose one by its serial with --card',
        details: { candidates: found.map(({ label, serial, reader }) => ({ label, serial, reader })) },
      },
    });
    expect(run.code).toBe(2);
  });

  test('a card that is not there is an error that lists those that are: 3', async () => {
    const run = await desk.run(['cards', '--json', '--card', 'Another card']);
    expect(run.json().error).toMatchObject({
      code: 'CARD_NOT_FOUND',
      message: expect.stringMatching(/^no card fits "Another card"; there is "Test card" \(serial [0-9a-f]+\) in SoftHSM/),
      hint: 'give --card a label or a serial number that lyncauth cards lists',
    });
    expect(run.code).toBe(3);
  });

  test('a reader without a card is empty', async () => {
    desk.card.rules(['card absent']);
    expect(await readers()).toEqual([
      { name: expect.any(String), present: false },
      { name: expect.any(String), present: false },
    ]);
    expect((await desk.run(['cards'])).stdout).toMatch(/^SoftHSM slot ID 0x[0-9a-f]+: empty$/m);
  });

  test('a card that does not come in time is an error: 3', async () => {
    desk.card.rules(['card absent']);
    const run = await desk.run(['cards', '--json', '--wait', '0.1']);
    expect([run.code, run.json().error.code]).toEqual([3, 'NO_CARD']);
    const none = await desk.run(['change-pin', '--json', '--no-input']);
    expect([none.code, none.json().error.code]).toEqual([3, 'NO_CARD']);
  });

  test('another card than the one that was waited for is told from none: 3', async () => {
    const run = await desk.run(['change-pin', '--no-input', '--card', 'nope', '--wait', '0.1']);
    expect(run.code).toBe(3);
    expect(run.stderr).toContain('insert the card "nope"\n');
    expect(run.stderr).toMatch(/lyncauth: error: no card fits "nope"; there is .*; waited 0\.1 seconds for it\n/);
  });

  test('a driver named by flag is used in the place of the module that a variable names', async () => {
    const run = await desk.run(['cards', '--driver', 'nobodys']);
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining('no driver is known for "nobodys"')]);
  });

  test('no reader is an empty list for cards, and an error for what needs one: 3', async () => {
    desk.card.rules(['reader absent']);
    expect(await readers()).toEqual([]);
    expect((await desk.run(['cards'])).stdout).toMatch(/^no reader \(driver .*fault-pkcs11\.so\)\n$/);
    const run = await desk.run(['change-pin', '--json', '--no-input']);
    expect([run.code, run.json().error.code]).toEqual([3, 'NO_READER']);
  });

  test.each([
    ['final', { rules: ['retries 3'], badTries: 2 }, 'PIN one try left'],
    ['locked', { rules: ['retries 3'], badTries: 3 }, 'PIN blocked'],
    ['low', { rules: ['retries 5'], badTries: 1 }, 'PIN ok, but the last attempt was wrong'],
    ['must-change', { rules: ['mustchange'], badTries: 0 }, 'PIN must be changed first'],
  ])('the PIN state %s is told, without a login', async (state, { rules, badTries }, text) => {
    desk.card.rules(rules);
    desk.card.state({ badTries });
    expect(await readers(['--card', 'Test card'])).toMatchObject([{ token: { pin: { ...PIN, state } } }]);
    expect((await desk.run(['cards'])).stdout).toContain(`${text}\n`);
    expect(desk.card.calls('C_Login')).toEqual([]);
  });
});

test.each([
  ['a module that is not there', ['--module', '/nonexistent/module.so'], 'MODULE_NOT_FOUND', 3],
  ['a file that is no module', ['--module', import.meta.filename], 'MODULE_INVALID', 3],
  ['a driver that nobody knows', ['--driver', 'nonsense'], 'USAGE', 2],
])('%s is an error that names it', async (_what, args, code, exit) => {
  const run = await runCommand([process.execPath, program, 'cards', '--json', ...args]);
  expect(run.json().error).toMatchObject({
    code,
    message: expect.stringContaining(args[1] ?? ''),
    hint: expect.stringContaining('--module'),
  });
  expect(run.code).toBe(exit);
});
