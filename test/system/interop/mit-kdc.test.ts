/** A card that lyncauth enrolled, and spoilt copies of it, at MIT's KDC: PKINIT (RFC 4556) with the purposes checked. */
import { useCardDesk } from '../../support/interop/cards.js';
import { testCardsAtKdc } from '../../support/interop/kerberos-suite.js';
import { startMitKdc } from '../../support/mit-kdc.js';
import { shared } from '../../support/shared.js';

const desk = useCardDesk();
const kdc = shared(
  () => startMitKdc({ labDir: desk.lab.dir, users: ['alice', 'bob'], otherRoots: desk.foreign.pem }),
  (started) => started.stop(),
);

testCardsAtKdc('mit', kdc, desk, ['alice@lab.test']);
