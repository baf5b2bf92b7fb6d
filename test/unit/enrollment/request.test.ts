import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { CaClient } from '../../../src/ca-client/types.js';
import { type EnrollmentRecord, Journal } from '../../../src/enrollment/journal.js';
import { makeKey, openKey } from '../../../src/enrollment/key.js';
import { download, notThisRequest, submit } from '../../../src/enrollment/request.js';
import type { EnrollmentTools } from '../../../src/enrollment/tools.js';
import { LyncauthError } from '../../../src/errors.js';
import { listKeys } from '../../../src/pkcs11/keys.js';
import type { CardSession } from '../../../src/pkcs11/session.js';
import { readCertificationRequest } from '../../../src/x509/certification-request.js';
import { openCard } from '../../support/card.js';
import { NOW, plan } from './parts.js';

interface Setting {
  record: EnrollmentRecord;
  tools: EnrollmentTools;
  session: CardSession;
  /** What the journal's file says. */
  stored(): EnrollmentRecord | undefined;
}

/** An enrollment whose key is made, at a CA that answers as `ca` does. */
async function keyMade(ca: Partial<CaClient>): Promise<Setting> {
  const session = openCard().openLoggedIn();
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-request-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const journal = new Journal(join(dir, 'journal'));
  const record = journal.begin({ serial: '0123', label: 'Test card' }, plan({ upn: 'O=Evil, Zoë+"\r\n@lab.test' }), NOW);
  const tools: Pick<EnrollmentTools, 'session' | 'journal' | 'progress' | 'ca' | 'unlock'> = {
    session,
    journal,
    progress: { step: (_label, work) => work(), note: () => {}, warn: () => {}, blocking: (call) => call() },
    ca: { url: 'https://ca.test/certsrv', ...ca } as CaClient,
    unlock: async () => {},
  };
  const all = tools as EnrollmentTools;
  await makeKey(record, all);
  return { record, tools: all, session, stored: () => journal.all()[0] };
}

describe('a request', () => {
  test('is journaled before it is posted, and names user and template as one value each', async () => {
    const posted = vi.fn();
    const { record, tools, stored } = await keyMade({
      submit: async (request, attributes) => {
        posted(stored()?.step, readCertificationRequest(Buffer.from(request)), attributes);
        return { status: 'issued', requestId: '83' };
      },
    });
    await submit(record, openKey(record, tools).signer, tools);
    const [step, request, attributes] = posted.mock.calls[0] ?? [];
    expect([step, attributes]).toEqual(['submitting', { template: 'SmartcardUser' }]);
    expect(request.verify()).toBe(true);
    expect(request).toMatchObject({ upn: record.plan.upn, template: 'SmartcardUser' });
    expect(request.subject).not.toMatch(/(^|,)O=/);
    expect(stored()).toMatchObject({ step: 'submitted', requestId: '83' });
  });

  test('that certainly did not reach the CA is back at "key made", and may be posted again', async () => {
    const refused = new LyncauthError('NETWORK', 'refused', { details: { requestSent: false } });
    const { record, tools, stored } = await keyMade({ submit: () => Promise.reject(refused) });
    await expect(submit(record, openKey(record, tools).signer, tools)).rejects.toBe(refused);
    expect(stored()?.step).toBe('key-made');
  });

  test.each([
    new LyncauthError('SUBMISSION_UNKNOWN', 'cut', { details: { requestSent: true, hresult: '0x80004005' } }),
    new Error('anything else'),
  ])('that may have reached it stays at "submitting": $message', async (cause) => {
    const { record, tools, stored, session } = await keyMade({ submit: () => Promise.reject(cause) });
    const details = cause instanceof LyncauthError ? cause.details : {};
    await expect(submit(record, openKey(record, tools).signer, tools)).rejects.toMatchObject({
      code: 'SUBMISSION_UNKNOWN',
      cause,
      details,
    });
    expect(stored()?.step).toBe('submitting');
    expect(listKeys(session)).toHaveLength(1);
  });

  test.each([{ requestId: '83' }, {}])('that is denied takes its key with it: %j', async (id) => {
    const { record, tools, stored, session } = await keyMade({
      submit: async () => ({ status: 'denied', reason: 'no such template', hresult: '0x80094800', ...id }),
    });
    await expect(submit(record, openKey(record, tools).signer, tools)).rejects.toMatchObject({
      code: 'CA_DENIED',
      message: 'https://ca.test/certsrv denied the request: no such template (0x80094800)',
      details: { hresult: '0x80094800', ...id },
    });
    expect([stored(), listKeys(session)]).toEqual([undefined, []]);
  });

  test('that is denied while the card does not answer says so, and is not taken for an unanswered one', async () => {
    const { record, tools, stored, session } = await keyMade({
      submit: async () => {
        session.close();
        return { status: 'denied', reason: 'no', requestId: '83' };
      },
    });
    const error = {
      code: 'CA_DENIED',
      message: expect.stringContaining('its key could not be removed'),
      hint: 'lyncauth enroll --abandon',
    };
    await expect(submit(record, openKey(record, tools).signer, tools)).rejects.toMatchObject(error);
    expect(stored()).toMatchObject({ step: 'submitted', requestId: '83' });
  });
});

describe('the certificate of a request', () => {
  test('is in the journal once it is there', async () => {
    const { record, tools, stored } = await keyMade({
      retrieve: async () => ({ status: 'issued', certificate: Buffer.from('der'), certificates: [] }),
    });
    tools.journal.advance(record, 'submitted', { requestId: '83' });
    expect(await download(record, tools)).toBe(true);
    expect(stored()).toMatchObject({ step: 'issued', certificate: Buffer.from('der').toString('base64') });
  });

  test('is waited for', async () => {
    const { record, tools, stored } = await keyMade({ retrieve: async () => ({ status: 'pending' }) });
    tools.journal.advance(record, 'submitted', { requestId: '83' });
    expect(await download(record, tools)).toBe(false);
    expect(stored()?.step).toBe('submitted');
  });

  test.each([
    [true, 'submitting', undefined],
    [undefined, 'submitted', '83'],
  ])('that the CA does not know: an id from a person (%s) is forgotten, one from the CA is kept', async (told, step, requestId) => {
    const { record, tools, stored } = await keyMade({
      retrieve: () => Promise.reject(new LyncauthError('REQUEST_NOT_FOUND', 'no such request')),
    });
    tools.journal.advance(record, 'submitted', { requestId: '83', requestIdTold: told });
    await expect(download(record, tools)).rejects.toMatchObject({ code: 'REQUEST_NOT_FOUND' });
    expect([stored()?.step, stored()?.requestId]).toEqual([step, requestId]);
  });

  test.each([
    [true, 'submitting', 1],
    [undefined, undefined, 0],
  ])('that was denied: under an id from a person (%s) our key stays, under one from the CA it goes', async (told, step, keys) => {
    const { record, tools, stored, session } = await keyMade({ retrieve: async () => ({ status: 'denied', reason: 'no' }) });
    tools.journal.advance(record, 'submitted', { requestId: '83', requestIdTold: told });
    await expect(download(record, tools)).rejects.toMatchObject({ code: 'CA_DENIED', details: { requestId: '83' } });
    expect([stored()?.step, listKeys(session).length]).toEqual([step, keys]);
  });

  test("that is somebody else's leaves our own request open", async () => {
    const { record, tools, stored } = await keyMade({});
    tools.journal.advance(record, 'issued', { requestId: '84', requestIdTold: true, certificate: 'AA==' });
    expect(notThisRequest(record, tools)).toMatchObject({ code: 'REQUEST_NOT_FOUND', details: { requestId: '84' } });
    expect(stored()).toMatchObject({ step: 'submitting', keyId: record.keyId });
    expect(stored()).not.toHaveProperty('certificate');
  });
});
