// The key of an enrollment that was interrupted: on a real card.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Journal } from '../../../src/enrollment/journal.js';
import { makeKey } from '../../../src/enrollment/key.js';
import type { EnrollmentTools } from '../../../src/enrollment/tools.js';
import { generateKeyPair, listKeys, newKeyId } from '../../../src/pkcs11/keys.js';
import { keyPairTemplates } from '../../../src/pkcs11/templates.js';
import { openCard } from '../../support/card.js';
import { NOW, plan } from './parts.js';

test("what an interrupted generation left is removed; a key that bears no id may be anybody's: it stays, and is told of", async () => {
  const session = openCard().openLoggedIn();
  const dir = mkdtempSync(join(tmpdir(), 'lyncauth-key-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const journal = new Journal(join(dir, 'journal'));
  const record = journal.begin({ serial: '0123', label: 'Test card' }, plan(), NOW);
  const id = newKeyId();
  journal.advance(record, 'making-key', { keyId: id.toString('hex') });
  await generateKeyPair(session, { type: 'p256', id, label: 'unfinished' });
  const { mechanism, publicKey, privateKey } = keyPairTemplates({ type: 'p256', id: Buffer.alloc(0), label: '' }, session.driver);
  session.run('making a key', (lib, handle) => lib.C_GenerateKeyPair(handle, { mechanism }, [...publicKey], [...privateKey]));
  const warnings: string[] = [];
  const progress = { step: <T>(_label: string, work: () => T) => work(), warn: (text: string) => warnings.push(text) };

  const { entry } = await makeKey(record, { session, journal, progress } as unknown as EnrollmentTools);

  const ids = listKeys(session).map((key) => key.id.toString('hex'));
  expect(new Set(ids)).toEqual(new Set(['', entry.id.toString('hex')]));
  expect(warnings).toEqual([expect.stringMatching(/^card "[^"]+" holds a key without an id and a label: /)]);
});
