/** Where the switches of the practice pool come from. Data only. UCWA: the documentation of the Unified Communications Web API. */
import type { poolFaults } from '../../../src/lab/fault-texts.js';
import type { Switch } from './known.js';

export const poolSources: Readonly<Record<keyof typeof poolFaults, Switch>> = {
  'two-factor': ['documented', 'what "Configure two-factor authentication in Skype for Business Server" sets up'],
  'password-only': ['documented', 'a pool without AD FS (UCWA, "Authentication in UCWA")'],
  'passive-off': ['documented', 'number and words (UCWA, "Authentication in UCWA"); that a pool lists what it then refuses is assumed'],
  external: ['documented', 'AccessLocation ([MS-OCDISCWS] section 2.2.4); X-MS-Namespace has been seen in answers'],
  'html-discovery': ['observed', 'web sites and portals answer at the names of discovery'],
  'redirect-chain': ['documented', 'by links ([MS-OCDISCWS] section 3.1.5.2) and by HTTP, both are in use'],
  'redirect-loop': ['made up', 'two servers that take each other for the right one would do so'],
  'homed-elsewhere': [
    'documented',
    'a redirect to the root of the other pool, which names the user resource there (UCWA, "redirect", "user")',
  ],
  'not-homed': ['documented', '404 and nothing more ([MS-OCDISCWS] section 3.1.5.5)'],
  'no-challenge': ['assumed', 'another kind of server stands there'],
  'bare-challenge': ['documented', 'samples of "Authentication in UCWA" are written so'],
  'foreign-tokens': ['made up', 'tries the rule of who may see your token'],
  'foreign-sts': ['made up', 'tries the rule of who may see your card'],
  'pool-rejects': ['assumed', 'a relying party without a valid token starts anew (WS-Federation 1.2 section 13)'],
  'clock-skew': [
    'assumed',
    'tokens have times in them, and Windows Identity Foundation allows five minutes; what the pool then says was not seen',
  ],
  'not-enabled': ['documented', 'number and words ([MS-OCAUTHWS] section 3.2.4.1)'],
  'account-disabled': ['observed', 'other clients look for these words'],
  'expired-token': ['documented', '401 and a new challenge (RFC 6750 section 3); tokens last eight hours'],
  'wrong-host-ticket': ['documented', 'a token is good for the host that issued it (UCWA, "Authentication in UCWA")'],
  'too-many-applications': ['documented', '409 (UCWA, "Generic synchronous errors")'],
  'application-expires': ['documented', '404 InactiveApplicationExpired (UCWA, "Generic synchronous errors"); after how long is assumed'],
};
