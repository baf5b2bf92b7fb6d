import { join } from 'node:path';
import { expect, test } from 'vitest';
import { handOut, pfx } from '../support/handout.js';
import { CA, importDesk, PASSWORD } from '../support/import-desk.js';
import { filesBelow, findSecrets } from '../support/needles.js';

const at = importDesk();
const kim = handOut(CA, 'p256');

test('neither the password nor the key nor the PIN is in what is printed, logged or stored', async () => {
  const log = join(at.desk.dir, 'log');
  const rsa = handOut(CA, 'rsa2048');
  const numbers = [kim, rsa].flatMap(({ key }) => {
    const { d = '', p, q } = key.export({ format: 'jwk' });
    return [d, p, q].flatMap((number) => (number === undefined ? [] : [Buffer.from(number, 'base64url')]));
  });
  const outputs: string[] = [];
  for (const one of [kim, rsa]) {
    for (const rules of [['fail C_CreateObject CKR_DEVICE_ERROR skip=1'], []]) {
      at.desk.card.rules(rules);
      const run = await at.run(at.file(`${outputs.length}.pfx`, pfx(one, PASSWORD)), ['--trace', '--log-file', log, '--replace']);
      outputs.push(run.stdout, run.stderr);
    }
  }
  expect(at.objects().filter(({ kind }) => kind === 'certificate')).toHaveLength(1);
  const stored = { ...filesBelow(join(at.desk.dir, 'home')), log: filesBelow(at.desk.dir)[log] ?? '', output: outputs.join('') };
  expect(findSecrets([PASSWORD, at.desk.token.pin], stored)).toEqual([]);
  const text = Object.values(stored)
    .map((content) => content.toString('latin1'))
    .join('\n')
    .toLowerCase();
  for (const number of numbers)
    for (const form of [number.toString('latin1'), number.toString('hex'), number.toString('base64'), number.toString('base64url')])
      expect(text).not.toContain(form.toLowerCase());
});
