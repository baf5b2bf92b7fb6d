/** How a sign-in ends at the card, with or without its PIN. Data only. */
import { refused, type Section } from './outcome.js';

export const pin: Section = {
  title: 'The card and its PIN',
  text: 'Nothing of these is repeated by itself: each wrong PIN costs a try, and a card that has none left is unblocked with its PUK or SO PIN: `lyncauth unblock-pin`. `lyncauth cards` shows readers, cards and the state of their PINs without using one.',
  rows: [
    refused(
      { given: 'no reader' },
      3,
      'NO_READER',
      'there is no smart card reader',
      'connect a reader and check that the smart card service (pcscd) runs',
    ),
    refused({ given: 'no card in the reader' }, 3, 'NO_CARD', 'there is no card in the reader', 'insert the card'),
    refused(
      '--card Kim',
      3,
      'CARD_NOT_FOUND',
      'no card fits "Kim"; there is "CARD" (serial NUMBER) in READER',
      'give --card a label or a serial number that lyncauth cards lists',
    ),
    refused(
      { given: "somebody else's address" },
      4,
      'SIGN_IN_REFUSED',
      'the card of alice@lab.test signs in alice@lab.test, not bob@lab.test',
      'use the card of bob@lab.test, or: lyncauth sign-in alice@lab.test',
    ),
    refused({ given: 'a wrong PIN' }, 5, 'PIN_INCORRECT', 'the PIN of card "CARD" is wrong', 'few tries are left: be sure of the PIN'),
    refused(
      { given: 'a card with one PIN try left' },
      6,
      'PIN_FINAL_TRY',
      'one PIN try is left on card "CARD", and it is not spent unattended',
      'run the command at a terminal',
    ),
    refused(
      { given: 'a card whose PIN is blocked' },
      6,
      'PIN_LOCKED',
      'the PIN of card "CARD" is blocked',
      'lyncauth unblock-pin (the people who issued the card have its SO PIN)',
    ),
    refused(
      { given: 'a card that wants its PIN changed' },
      2,
      'PIN_CHANGE_REQUIRED',
      'card "CARD" wants its PIN changed before it is used',
      'lyncauth change-pin',
    ),
    refused(
      { given: 'another run that uses the card' },
      10,
      'BUSY',
      'another run of lyncauth holds this card (process NUMBER)',
      'wait until it has ended, then try again',
    ),
  ],
};

export const card: Section = {
  title: 'The certificate on the card',
  text: 'The card needs a certificate that is valid, is made for signing in, and names its user. `lyncauth cards` shows what is on it.',
  rows: [
    refused(
      { given: 'a card without a certificate' },
      3,
      'NO_CERTIFICATE',
      'card "CARD" has no certificate that can sign in',
      'lyncauth enroll',
    ),
    refused(
      { given: 'a card whose certificate has expired' },
      3,
      'NO_CERTIFICATE',
      'card "CARD" has no certificate that can sign in: that of alice@lab.test expired on 2020-01-01',
      'lyncauth enroll',
    ),
    refused(
      { given: 'a card whose certificate names no user' },
      3,
      'NO_CERTIFICATE',
      'card "CARD" has no certificate that can sign in: that of CN=Alice Example names no user (no user principal name)',
      'lyncauth enroll',
    ),
  ],
};
