/** The cards of the table: one enrolled by the built program, and what differs from it in one thing. */

import type { TestLab } from '../lab.js';
import { createAuthority, type TestAuthority } from '../loopback-https.js';
import { CLIENT_AUTHENTICATION, recertified } from '../recertified.js';
import { shared } from '../shared.js';
import { startSignInLab } from '../signed-in.js';
import type { TestToken } from '../softhsm.js';
import type { CardName } from './outcomes.js';

/** How far a client's clock is behind that is to think of an expired certificate as valid: more than that is long over, less than servers allow. */
export const BEHIND = '-2m';
const EXPIRED_FOR_MS = 60_000;

export interface CardDesk {
  lab: TestLab;
  /** The other CA. */
  foreign: TestAuthority;
}

/** A practice organisation with an enrolled card, for all tests of a file. */
export function useCardDesk(): CardDesk {
  return shared(
    async () => ({ lab: await startSignInLab(), foreign: createAuthority('Another CA') }),
    ({ lab }) => lab.stop(),
  );
}

/** The cards that are not made by an enrollment, and the one that is. Only inside a test. */
export function cardCalled(name: Exclude<CardName, 'replaced'>, { lab, foreign }: CardDesk): TestToken {
  switch (name) {
    case 'enrolled':
      return lab.token;
    case 'expired':
      return recertified(lab, { notAfter: new Date(Date.now() - EXPIRED_FOR_MS) });
    case 'foreign':
      return recertified(lab, { issuer: foreign.issuer });
    case 'purpose':
      return recertified(lab, { extendedKeyUsage: [CLIENT_AUTHENTICATION] });
    case 'other':
      return recertified(lab, { upn: 'bob@lab.test' });
  }
}
