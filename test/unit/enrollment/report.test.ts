import { expect, test } from 'vitest';
import type { EnrollmentRecord } from '../../../src/enrollment/journal.js';
import { certificateLines, reportPlan, reportResult, reportUnchanged } from '../../../src/enrollment/report.js';
import type { KeyEntry, PinState, TokenInfo } from '../../../src/pkcs11/types.js';
import { issueTo, newCa, newKey, plan, read, spki } from './parts.js';

const certificate = read(issueTo(spki(newKey()), newCa()));
const key: KeyEntry = {
  id: Buffer.from('ab', 'hex'),
  label: 'key',
  type: 'p256',
  alwaysAuthenticate: false,
  canDecrypt: false,
  hasPrivate: true,
  hasPublic: true,
};
const record: EnrollmentRecord = {
  serial: '0123',
  cardLabel: 'Test card',
  plan: plan(),
  startedAt: '2026-06-01T00:00:00.000Z',
  step: 'submitted',
  pinChanged: false,
  requestId: '83',
};

const card = (kind: TokenInfo['kind'], state: PinState = 'ok') =>
  ({ label: 'Test card', serial: '0123', kind, pin: { state, min: 4, max: 8 } }) as TokenInfo;

test.each([
  ['issued', (token: TokenInfo) => reportResult(token, record, { status: 'issued', requestId: '83', certificate, replaced: [] })],
  ['pending', (token: TokenInfo) => reportResult(token, record, { status: 'pending', requestId: '83' })],
  ['unchanged', (token: TokenInfo) => reportUnchanged(token, record.plan.ca, { certificate, key })],
])('%s: that a virtual card belongs to its computer is said of virtual cards only', (_status, report) => {
  expect(report(card('virtual')).text).toContain('this is a virtual card: it belongs to this computer');
  expect(report(card('physical')).text).not.toContain('virtual');
});

test('a name in a certificate cannot pretend to be another line of it', () => {
  const upn = 'bob@lab.test\n  user            alice@lab.test\r\u001b[2K';
  const lines = certificateLines(read(issueTo(spki(newKey()), newCa(), { upn })));
  expect(lines).toHaveLength(certificateLines(certificate).length);
  expect(lines.join('')).not.toMatch(/\p{Cc}/u);
});

test('a request made with a new PIN says what it is gone on with', () => {
  const { text } = reportResult(card('physical'), { ...record, pinChanged: true }, { status: 'pending', requestId: '83' });
  expect(text).toContain('lyncauth enroll --resume 83 (with the new PIN: --new-pin-file)');
});

test.each([
  ['issued', (token: TokenInfo) => reportResult(token, record, { status: 'issued', requestId: '83', certificate, replaced: [] })],
  ['unchanged', (token: TokenInfo) => reportUnchanged(token, record.plan.ca, { certificate, key })],
])('%s: that the PIN must be changed first is said of cards of which it is true', (_status, report) => {
  const marked = report(card('physical', 'must-change'));
  expect([marked.text, marked.result]).toMatchObject([expect.stringContaining('lyncauth change-pin'), { pinState: 'must-change' }]);
  const free = report(card('physical'));
  expect([free.text, free.result]).toMatchObject([expect.not.stringContaining('change-pin'), { pinState: 'ok' }]);
});

test('a plan says what becomes of the PIN, where the flags do', () => {
  const said = reportPlan(card('physical'), plan(), 'at-first-use');
  expect(said.text).toContain('PIN                 to be changed by the user of the card before it is used\n');
  expect(said.result).toMatchObject({ request: { pinChange: 'at-first-use' } });
  expect(reportPlan(card('physical'), plan(), undefined).text).not.toContain('PIN  ');
});
