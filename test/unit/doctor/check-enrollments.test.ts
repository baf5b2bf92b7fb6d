import { expect, test } from 'vitest';
import { enrollments } from '../../../src/doctor/check-enrollments.js';
import type { OpenEnrollment } from '../../../src/doctor/facts.js';
import { facts } from './well.js';

const OPEN = { ca: 'https://ca.contoso.com/certsrv', upn: 'kim@contoso.com', card: { label: 'Kim', serial: '0a1b' } };
const judge = (changes: Partial<OpenEnrollment>) => enrollments.run(facts({ enrollments: [{ ...OPEN, step: 'planned', ...changes }] }));

test('none that is open is well', () => {
  expect(enrollments.run(facts())).toEqual([{ status: 'ok', detail: 'none is open' }]);
});

test.each([
  [{ step: 'submitted', requestId: '84' }, 'request 84 waits to be issued', 'lyncauth enroll --resume 84'],
  [{ step: 'submitting', keyId: 'ff' }, 'a request was sent and not answered', expect.stringContaining('lyncauth enroll --resume ID')],
  [{ step: 'key-made', keyId: 'ff' }, 'key ff was made, and nothing requested', 'lyncauth enroll --resume --card 0a1b'],
  [{ step: 'issued', requestId: '84' }, 'the certificate is issued, and not all of the rest is done', 'lyncauth enroll --resume 84'],
  [{ step: 'changing-pin' }, 'a run stopped while it changed the PIN', 'lyncauth enroll --card 0a1b'],
  [{ step: 'planned' }, 'it stopped before a key was made', 'lyncauth enroll --card 0a1b'],
])('one that stands at %o is a warning that says how to go on', (changes, detail, fix) => {
  expect(judge(changes)).toMatchObject([
    { status: 'warn', about: 'card "Kim"', detail: `${detail} for kim@contoso.com at https://ca.contoso.com/certsrv`, fix },
  ]);
});

test('one whose user was forgotten names none', () => {
  expect(judge({ upn: undefined })[0]?.detail).toBe('it stopped before a key was made at https://ca.contoso.com/certsrv');
});
