/** Measures how the cost of looking at cards grows, through src/pkcs11 and through pkcs11js alone. Prints JSON: for each kind of work ms of CPU in all. */
import { installCertificate, listCertificates } from '../src/pkcs11/certificates.js';
import { CKA } from '../src/pkcs11/cryptoki.js';
import { listKeys } from '../src/pkcs11/keys.js';
import { selectReader } from '../src/pkcs11/select.js';
import { certificateTemplate, keyPairTemplates, x509Certificates } from '../src/pkcs11/templates.js';
import { createAuthority } from '../test/support/loopback-https.js';
import { createToken } from '../test/support/softhsm.js';
import { bestOf, type Works } from './compare.js';
import { openCard, openModule } from './open-card.js';
import { openRaw, type RawCard } from './raw-card.js';

const rounds = 5;
/** So many items are looked at in a round, at least. */
const perRound = 300;
const name = Buffer.of(0x30, 0);
const der = Buffer.from(createAuthority().issuer.certificate);

interface Cost {
  name: string;
  /** How many tokens there are, or objects on one token. */
  items: number;
  raw: number;
  layer: number;
}

const costs: Cost[] = [];
for (const items of [10, 100]) costs.push(await tokens(items));
for (const items of [100, 1000]) costs.push(...(await objects(items)));
process.stdout.write(JSON.stringify(costs));

/** One card among many. */
async function tokens(items: number): Promise<Cost> {
  const token = createToken({ label: 'card 0' });
  for (let made = 1; made < items; made++) token.add({ label: `card ${made}` });
  const module = openModule(token);
  const { lib } = openRaw(module.openSession(selectReader(module.readers(), token.label), 'read-only'));
  const cost = await bestOf(
    {
      raw: () => lib.C_GetSlotList(false).map((slot) => [lib.C_GetSlotInfo(slot), lib.C_GetTokenInfo(slot)]),
      layer: () => selectReader(module.readers(), `card ${items - 1}`),
    },
    { rounds, calls: perRound / items },
  );
  module.close();
  token.remove();
  return { name: 'find a card', items, ...cost };
}

/** One token with many objects: two fifths are certificates, the others key pairs. */
async function objects(items: number): Promise<Cost[]> {
  const { session, close } = openCard();
  const raw = openRaw(session);
  fill(raw, items);
  const installed = certificate(0);
  const works: Record<string, Works> = {
    'list certificates': { raw: raw.readCertificates, layer: () => listCertificates(session) },
    'list keys': { raw: raw.readKeys, layer: () => listKeys(session) },
    'install what is there': {
      raw: () => raw.find(x509Certificates()).map((object) => raw.read(object, CKA.VALUE)),
      layer: () => installCertificate(session, installed),
    },
  };
  const costs: Cost[] = [];
  for (const [name, each] of Object.entries(works))
    costs.push({ name, items, ...(await bestOf(each, { rounds, calls: Math.max(1, perRound / items) })) });
  close();
  return costs;
}

function fill({ lib, handle }: RawCard, items: number): void {
  for (let made = 0; made < items * 0.4; made++) lib.C_CreateObject(handle, [...certificateTemplate(certificate(made))]);
  for (let made = 0; made < items * 0.3; made++) {
    const { mechanism, publicKey, privateKey } = keyPairTemplates(
      { type: 'p256', id: id(made), label: 'bench' },
      { omitFromPrivateKey: [] },
    );
    lib.C_GenerateKeyPair(handle, { mechanism }, [...publicKey], [...privateKey]);
  }
}

/** They differ in their last bytes, which belong to the signature. */
function certificate(number: number) {
  const own = Buffer.from(der);
  own.writeUInt16BE(number, own.length - 2);
  return { der: own, subject: name, issuer: name, serialNumber: Buffer.of(2, 1, 1), id: id(number), label: 'bench' };
}

function id(number: number): Buffer {
  return Buffer.of(number >> 8, number & 0xff);
}
