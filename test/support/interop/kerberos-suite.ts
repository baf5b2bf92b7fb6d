/** What a KDC must do with each card of the table; the same for every kind of KDC. */
import { expect, test } from 'vitest';
import { type KerberosRealm, kinit } from '../kerberos-client.js';
import { recertified } from '../recertified.js';
import { BEHIND, type CardDesk, cardCalled } from './cards.js';
import { OUTCOMES, type Outcome } from './outcomes.js';

/** @param name - arguments of kinit: whom the ticket is to be for */
export function testCardsAtKdc(system: 'mit' | 'samba', at: KerberosRealm, desk: CardDesk, name: readonly string[]): void {
  const outcomes = OUTCOMES[system];

  async function expectOutcome(card: Parameters<typeof kinit>[1], { user, log }: Outcome, clock?: string): Promise<void> {
    const run = await kinit(at, card, name, clock === undefined ? {} : { clock });
    const tickets = user === undefined ? [] : [`krbtgt/${at.realm}@${at.realm}`];
    expect([run.principal, run.tickets], `${run.stderr}${run.log}`).toEqual([user, tickets]);
    expect(run.log).toContain(log);
  }

  test.each(['enrolled', 'foreign', 'purpose', 'other'] as const)('the card called %s in the table', async (card) => {
    await expectOutcome(cardCalled(card, desk), outcomes[card]);
  });

  test('a card whose certificate has expired; with one that has not, a client whose clock is as far behind gets a ticket', async () => {
    await expectOutcome(recertified(desk.lab), outcomes.enrolled, BEHIND);
    await expectOutcome(cardCalled('expired', desk), outcomes.expired, BEHIND);
  });

  // Last: it takes the certificate of the other tests off the card.
  test('the card with a new key and certificate holds exactly one that fits', async () => {
    const replaced = await desk.lab.enroll(['--replace', '--delete-old-key']);
    expect(replaced.code, replaced.stderr).toBe(0);
    await expectOutcome(desk.lab.token, outcomes.replaced);
  });
}
