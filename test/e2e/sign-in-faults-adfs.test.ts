/** Every fault of AD FS and of WS-Trust, and what no switch makes: exit code, error code, sentence and hint of the built program. */
import { afterAll, beforeAll, describe, test } from 'vitest';
import { readRoot } from '../../src/lab/authority-files.js';
import { addCertificates } from '../support/raw-card.js';
import { secretFile } from '../support/secret-files.js';
import { pages } from '../support/sign-in-outcomes/adfs.js';
import { sections } from '../support/sign-in-outcomes/all.js';
import { pin } from '../support/sign-in-outcomes/card.js';
import { expectOutcome } from '../support/sign-in-outcomes/expect-outcome.js';
import { type ProgramCircumstance, titleOf } from '../support/sign-in-outcomes/outcome.js';
import { trust } from '../support/sign-in-outcomes/trust.js';
import { type SignInLab, startSignInLab } from '../support/signed-in.js';
import { createToken, type TestToken } from '../support/softhsm.js';
import { type SoftwareIdentityOptions, softwareIdentity } from '../support/software-identity.js';

type Environment = Record<string, string | undefined>;

let lab: SignInLab;
let elsewhere: SignInLab;
const tokens: TestToken[] = [];

beforeAll(async () => {
  [lab, elsewhere] = await Promise.all([startSignInLab(), startSignInLab({ faultModule: true })]);
});
afterAll(async () => {
  for (const token of tokens) token.remove();
  await Promise.all([lab.stop(), elsewhere.stop()]);
});

/** How the program is given them. */
const circumstances: Record<ProgramCircumstance, () => Environment> = {
  "the card of another organisation's user": () => cardEnvironment(elsewhere.token),
  'a card without a certificate': () => cardEnvironment(newCard()),
  'a card whose certificate has expired': () => cardWith({ upn: 'alice@lab.test', notAfter: new Date('2020-01-01T12:00:00Z') }),
  'a card whose certificate names no user': () => cardWith({ subject: 'CN=Alice Example' }),
  'a wrong password': () => ({ LYNCAUTH_PASSWORD_FILE: secretFile(lab.dir, 'wrong-password', 'not it') }),
  'a wrong PIN': () => ({ LYNCAUTH_PIN_FILE: secretFile(lab.dir, 'wrong-pin', '99999999') }),
  'a card whose PIN is blocked': () => troubled(['retries 3'], 3),
  'a card with one PIN try left': () => troubled(['retries 3'], 2),
  'a card that wants its PIN changed': () => troubled(['mustchange']),
  'no card in the reader': () => troubled(['card absent']),
  'no reader': () => troubled(['reader absent']),
  "somebody else's address": () => ({}),
  'no --server': () => ({ LYNCAUTH_SERVER: undefined }),
  'no --ca-file': () => ({ LYNCAUTH_CA_FILE: undefined }),
};

/** A card that behaves as `rules` say, after so many wrong PINs. */
function troubled(rules: string[], badTries = 0): Environment {
  const { card, env } = elsewhere;
  card.rules(rules);
  card.state({ badTries });
  return { ...card.env, LYNCAUTH_MODULE: card.modulePath, LYNCAUTH_CARD: env.LYNCAUTH_CARD };
}

function newCard(): TestToken {
  const token = createToken({ pin: '735194' });
  tokens.push(token);
  return token;
}

function cardWith(certificate: SoftwareIdentityOptions): Environment {
  const token = newCard();
  const value = Buffer.from(softwareIdentity(readRoot(lab.dir), certificate).certificate);
  addCertificates(token, [{ id: '01', label: 'certificate', value }]);
  return cardEnvironment(token);
}

function cardEnvironment({ conf, label }: TestToken): Environment {
  return { SOFTHSM2_CONF: conf, LYNCAUTH_CARD: label };
}

describe.each([pages, trust, pin])('$title', ({ rows }) => {
  test.each(rows.filter(({ given }) => given === undefined).map((row) => [titleOf(row), row] as const))('%s', async (_, row) => {
    await expectOutcome(lab, row);
  });
});

describe.each(Object.entries(circumstances))('%s', (circumstance, environment) => {
  const rows = sections.flatMap((section) => section.rows).filter(({ given }) => given === circumstance);

  test.each(rows.map((row) => [titleOf(row), row] as const))('%s', async (_, row) => {
    await expectOutcome(lab, row, environment());
  });
});
