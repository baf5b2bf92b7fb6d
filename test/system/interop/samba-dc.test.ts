/** A card that lyncauth enrolled, and spoilt copies of it, at an Active Directory domain controller, under the user's sign-in address. */
import { useCardDesk } from '../../support/interop/cards.js';
import { testCardsAtKdc } from '../../support/interop/kerberos-suite.js';
import { startSambaDc } from '../../support/samba-dc.js';
import { shared } from '../../support/shared.js';

const desk = useCardDesk();
const dc = shared(
  () => startSambaDc({ labDir: desk.lab.dir, users: { alice: 'alice@lab.test', bob: 'bob@lab.test' }, otherRoots: desk.foreign.pem }),
  (started) => started.stop(),
);

testCardsAtKdc('samba', dc, desk, ['-E', 'alice@lab.test']);
