/** A card that lyncauth enrolled, and spoilt copies of it, at a site behind Apache; and OpenSSH's view of the card. */
import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rootFile } from '../../../src/lab/authority-files.js';
import { cardObjects } from '../../support/card-objects.js';
import { runCommand } from '../../support/cli.js';
import { expectOneEnrollment } from '../../support/enrolled-card.js';
import { cardCalled, useCardDesk } from '../../support/interop/cards.js';
import { OUTCOMES, type Outcome } from '../../support/interop/outcomes.js';
import { startLoginSite } from '../../support/login-site.js';
import { shared } from '../../support/shared.js';
import { softhsmModule, type TestToken } from '../../support/softhsm.js';
import { tempDir } from '../../support/temp-dir.js';

const desk = useCardDesk();
const site = shared(
  () => startLoginSite(desk.foreign.identity(), rootFile(desk.lab.dir)),
  (started) => started.stop(),
);

async function expectVisit(card: TestToken, { user, log }: Outcome): Promise<void> {
  const [object] = cardObjects(card);
  const certificate = join(tempDir('visit'), 'certificate.pem');
  writeFileSync(certificate, new X509Certificate(Buffer.from(object?.value ?? '', 'base64')).toString());
  const visit = await site.visit(card, { keyId: object?.id ?? '', certificate });
  expect(visit.user, visit.log).toBe(user);
  expect(visit.log).toContain(log);
}

test.each(['enrolled', 'expired', 'foreign', 'purpose', 'other'] as const)('Apache sees the card called %s in the table', async (name) => {
  await expectVisit(cardCalled(name, desk), OUTCOMES.apache[name]);
});

test('OpenSSH lists the key of the card', async () => {
  const { certificate } = expectOneEnrollment(desk.lab);
  const file = join(tempDir('ssh'), 'key.pem');
  writeFileSync(file, certificate.publicKey.export({ type: 'spki', format: 'pem' }));
  const [converted, listed] = await Promise.all([
    runCommand(['ssh-keygen', '-i', '-m', 'PKCS8', '-f', file]),
    runCommand(['ssh-keygen', '-D', softhsmModule()], { env: desk.lab.token.env }),
  ]);
  expect(listed.stdout).toContain(converted.stdout.trim());
  expect(converted.stdout).toMatch(/^ssh-rsa AAAA/);
});

test('Apache sees the card with a new key and certificate', async () => {
  const replaced = await desk.lab.enroll(['--replace', '--delete-old-key']);
  expect(replaced.code, replaced.stderr).toBe(0);
  await expectVisit(desk.lab.token, OUTCOMES.apache.replaced);
});
