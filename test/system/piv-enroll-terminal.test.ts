/** A person enrolls a PIV card whose slot is in use, through Yubico's driver. */
import { expect, test } from 'vitest';
import { converse, openProgram, unanswered } from '../support/dialog.js';
import { asked, certificateIn } from '../support/piv-enroll.js';
import { startPivLab } from '../support/piv-lab.js';
import type { Terminal } from '../support/pty.js';
import { shared } from '../support/shared.js';

const piv = shared(
  () => startPivLab({ '9a': 'p256' }),
  (lab) => lab.stop(),
);

/** Up to the question whether the old key may die. */
async function enroll(): Promise<Terminal> {
  const env = { ...unanswered(piv.lab, ['CA', 'USER', 'PASSWORD_FILE']), ...piv.reader.env, LYNCAUTH_MODULE: piv.reader.modules.ykcs11 };
  const terminal = openProgram(['enroll', '--replace', '--key-type', 'p256', '--key-id', '01'], { env });
  await converse(terminal, [{ question: 'Certificate template', answer: '' }]);
  await terminal.waitFor('with the certificate of alice@lab.test until');
  await terminal.waitFor('the old key is lost for ever when the new one is made');
  await terminal.waitFor('Make a new key in slot 9A all the same?');
  return terminal;
}

test('they are warned, and may keep the old key: nothing was asked of the card', async () => {
  piv.card.clearLog();
  const before = piv.card.state();
  const terminal = await enroll();
  terminal.write('\r');
  await terminal.waitFor('the old key was left as it is');
  expect(await terminal.exit()).toEqual({ code: 1, signal: null });
  expect([asked(piv, 'verify'), piv.card.state(), piv.lab.journal()]).toEqual([0, before, []]);
});

test('they are asked for the management key by its name and for the PIN, and for no friendly name', async () => {
  const old = certificateIn(piv, '9a').fingerprint256;
  const terminal = await enroll();
  terminal.write('y\r');
  await converse(terminal, [
    { question: 'Hash algorithm', answer: '' },
    { question: 'it is the PIV management key, in hexadecimal', answer: piv.card.managementKey },
    { question: 'a new YubiKey has the PIN 123456', answer: piv.card.state().pin.value },
    { question: 'Install it?', answer: '' },
  ]);
  await terminal.waitFor('is enrolled for alice@lab.test');
  expect(await terminal.exit()).toEqual({ code: 0, signal: null });
  expect(terminal.screen()).not.toContain('Friendly name');
  expect(terminal.raw()).not.toContain(piv.card.managementKey);
  expect(certificateIn(piv, '9a').fingerprint256).not.toBe(old);
});
