/** lyncauth doctor at cards: what is wrong is found, named, and comes with what mends it; no PIN is tried. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { found, useDoctorDesk } from '../support/doctor.js';
import { addCertificates } from '../support/raw-card.js';
import { secretFile } from '../support/secret-files.js';
import { userCertificate } from '../support/user-certificate.js';

const at = useDoctorDesk();

async function serial(): Promise<string> {
  const { result } = (await at.desk.run(['cards', '--json', '--card', 'Test card'])).json();
  return result.readers[0].token.serial;
}

test('a card whose PIN is blocked fails, and unblock-pin mends it: 1', async () => {
  at.desk.card.rules(['retries 3']);
  at.desk.card.state({ badTries: 3 });
  const { bad } = found(await at.doctor(), 1);
  expect(bad).toContainEqual({
    id: 'pin',
    title: 'PIN',
    status: 'fail',
    about: 'card "Test card"',
    card: { label: 'Test card', serial: await serial() },
    module: at.desk.card.modulePath,
    detail: 'it is blocked after too many wrong tries',
    why: 'the key of the card cannot be used; the people who issued the card have its SO PIN',
    fix: `lyncauth unblock-pin --card ${await serial()}`,
  });
});

test.each([
  ['final', ['retries 3'], 2, 'one try is left', 'change-pin --check'],
  ['low', ['retries 5'], 1, 'the last try was wrong', 'change-pin --check'],
  ['must-change', ['mustchange'], 0, 'it must be changed before the card is used', 'change-pin --card'],
])('the PIN state %s is a warning with the command that mends it: 0', async (_state, rules, badTries, detail, fix) => {
  at.desk.card.rules(rules);
  at.desk.card.state({ badTries });
  const { bad } = found(await at.doctor(), 0);
  expect(bad).toContainEqual(expect.objectContaining({ id: 'pin', status: 'warn', detail, fix: expect.stringContaining(fix) }));
});

test('a certificate that ends in 10 days is a warning that names the day and the user: 0', async () => {
  const { value, notAfter } = userCertificate({ upn: 'kim@contoso.com', endsInDays: 10.5 });
  addCertificates(at.desk.token, [{ id: '0a', label: 'Kim', value }]);
  const { bad } = found(await at.doctor(), 0);
  expect(bad).toMatchObject([
    {
      id: 'certificates',
      status: 'warn',
      about: 'card "Test card"',
      detail: `that of kim@contoso.com ends in 10 days (${notAfter.toISOString().slice(0, 10)})`,
      fix: `lyncauth enroll --replace --card ${await serial()}`,
    },
  ]);
  const text = await at.desk.run(['doctor']);
  expect(text.stdout).toMatch(
    /^warn {2}certificate, card "Test card": that of kim@contoso\.com ends in 10 days .*\n {6}why: .*\n {6}fix: lyncauth enroll --replace /m,
  );
  expect([text.code, text.stdout.trimEnd().split('\n').at(-1)]).toEqual([0, expect.stringMatching(/^\d warnings?$/)]);
});

test('certificates that have expired, or are not valid yet, fail: 1', async () => {
  const old = userCertificate({ upn: 'kim@contoso.com', endsInDays: -3 });
  const early = userCertificate({ upn: 'sam@contoso.com', startsInDays: 3, endsInDays: 400 });
  addCertificates(at.desk.token, [
    { id: '0a', label: 'Kim', value: old.value },
    { id: '0b', label: 'Sam', value: early.value },
  ]);
  const { bad } = found(await at.doctor(), 1);
  expect(bad.map(({ status, detail }) => [status, detail])).toEqual(
    expect.arrayContaining([
      ['fail', expect.stringMatching(/^that of kim@contoso\.com expired on \d{4}-\d\d-\d\d$/)],
      ['fail', expect.stringMatching(/^that of sam@contoso\.com is valid from \d{4}-\d\d-\d\d only$/)],
    ]),
  );
});

test('a card that cannot be read is told, and the others are judged: 1', async () => {
  at.desk.token.add({ label: 'Second card' });
  at.desk.card.rules(['fail C_OpenSession CKR_DEVICE_ERROR times=1']);
  const { rows, bad } = found(await at.doctor(), 1);
  expect(bad).toContainEqual(
    expect.objectContaining({
      id: 'readers',
      status: 'fail',
      detail: expect.stringMatching(/^the card cannot be read: .*CKR_DEVICE_ERROR/),
    }),
  );
  expect(rows.filter(({ id }) => id === 'pin')).toHaveLength(1);
});

test('--card looks at that card only, and fails where it is not there: 1', async () => {
  at.desk.token.add({ label: 'Second card' });
  const { rows } = found(await at.doctor(['--card', 'Second card']), 0);
  expect(rows.filter(({ id }) => id === 'pin').map(({ about }) => about)).toEqual(['card "Second card"']);
  const { bad } = found(await at.doctor(['--card', 'Third card']), 1);
  expect(bad).toMatchObject([{ id: 'cards', status: 'fail', detail: expect.stringMatching(/^no card fits "Third card"; there is /) }]);
});

test('an empty reader is a warning, and so is no reader: 0', async () => {
  at.desk.card.rules(['card absent']);
  expect(found(await at.doctor(), 0).bad).toMatchObject([{ id: 'cards', detail: 'no card is in a reader', fix: 'insert the card' }]);
  at.desk.card.rules(['reader absent']);
  expect(found(await at.doctor(), 0).bad).toMatchObject([{ id: 'readers', detail: 'no reader is connected', fix: 'connect the reader' }]);
});

test('wrong PINs of unattended runs are counted in it', async () => {
  const [wrong, next] = [secretFile(at.desk.dir, 'wrong', '111111'), secretFile(at.desk.dir, 'next', '222222')];
  at.desk.card.rules(['retries 5']);
  await at.desk.run(['change-pin', '--no-input', '--pin-file', wrong, '--new-pin-file', next]);
  expect(at.desk.card.calls('C_Login').length + at.desk.card.calls('C_SetPIN').length).toBeGreaterThan(0);
  at.desk.card.clearLog();
  const { bad } = found(await at.doctor(), 0);
  expect(bad.filter(({ id }) => id === 'pin').map(({ detail }) => detail)).toEqual([
    'the last try was wrong',
    'an unattended run had a PIN that the card refused',
  ]);
});

test('a file of the program that is damaged fails, and the rest is judged: 1', async () => {
  const journal = join(at.desk.dir, 'config', 'journal');
  mkdirSync(journal, { recursive: true, mode: 0o700 });
  writeFileSync(join(journal, 'a.json'), '{', { mode: 0o600 });
  const { rows, bad } = found(await at.doctor(['--config-dir', join(at.desk.dir, 'config')]), 1);
  expect(bad).toContainEqual(
    expect.objectContaining({ id: 'files', status: 'fail', detail: expect.stringContaining('a.json is damaged') }),
  );
  expect(rows).toContainEqual(expect.objectContaining({ id: 'pin', status: 'ok' }));
});
