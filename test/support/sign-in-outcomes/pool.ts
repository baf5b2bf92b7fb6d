/** How a sign-in ends at the pool: its policy, the account, its token service and its sessions. Data only. */
import { MORE_TIME, refused, type Section, TOO_LARGE } from './outcome.js';

const ASK = 'ask the administrator of the pool';
const LATER = `wait a few minutes, then try again; if it stays so, ${ASK}`;
const SERVERS_AGREE = `${ASK} whether the clocks and the certificates of its servers agree`;

export const account: Section = {
  title: 'The pool and the account',
  text: 'The pool knows who you are, or says which ways to sign in it takes. What stands behind `it says:` are its own words and its own number, for its administrator.',
  rows: [
    refused(
      'not-enabled',
      4,
      'NOT_ENABLED',
      'the token service at POOL knows the account, but it is not enabled for Lync (it says: User is not SIP enabled, 28000)',
      'ask the administrator to enable the account for Lync, or check the address',
    ),
    refused(
      'not-homed',
      4,
      'NOT_ENABLED',
      'POOL does not know where the account is at home',
      'check the address, or ask the administrator whether the account is enabled for Lync',
    ),
    refused(
      'account-disabled',
      4,
      'ACCOUNT_DISABLED',
      'the token service at POOL says that the account is disabled (it says: The account is disabled)',
      'ask the administrator to enable the account in Active Directory',
    ),
    refused(
      'password-only',
      4,
      'METHOD_NOT_OFFERED',
      'POOL offers no sign-in with a card, seen from inside the organisation (passive: the pool offers no passive sign-in; certificate: the pool names no passive sign-in page that would take the token)',
      'ask your helpdesk whether your account signs in with a card; a password is used only with --method password',
    ),
    refused(
      'passive-off',
      4,
      'METHOD_NOT_OFFERED',
      'the token service at POOL does not allow this way of signing in (it says: Authentication type not allowed, 28029)',
      `${ASK} which ways to sign in it allows`,
    ),
    refused(
      'clock-skew',
      4,
      'CLOCK_SKEW',
      "this computer's clock is 60 minutes behind that of the passive sign-in page at POOL, which refused the sign-in (it says: No valid security token, 28020)",
      'set the clock of this computer (timedatectl set-ntp true), then sign in again',
    ),
    refused(
      'expired-token',
      4,
      'TOKEN_EXPIRED',
      'the pool at POOL does not accept the token that the pool has just issued (it says: The token has expired, 28020)',
      SERVERS_AGREE,
    ),
    refused(
      'wrong-host-ticket',
      4,
      'TOKEN_EXPIRED',
      'the pool at POOL does not accept the token that the pool has just issued (it says: The token was issued for another host, 28020)',
      SERVERS_AGREE,
    ),
    refused(
      'too-many-applications',
      4,
      'SIGN_IN_REFUSED',
      'the pool at POOL allows no more sessions: the account is signed in in too many places (it says: The practice organisation could not complete the request)',
      'sign out elsewhere, or wait until idle sessions have ended',
    ),
    refused(
      'homed-elsewhere',
      9,
      'DOMAIN_UNTRUSTED',
      "the user's home server is at 127.0.0.1, which is outside of lab.test",
      'only if your administrator confirms that 127.0.0.1 belongs to your organisation: --trust-domain 127.0.0.1',
    ),
  ],
};

/** What goes wrong there whoever the user is. */
export const services: Section = {
  title: 'The services of the pool',
  text: 'Something is broken at the pool, or stands in front of it. A sign-in that ended so has changed nothing.',
  rows: [
    refused('server-error@token', 9, 'SERVER_ERROR', 'the token service at POOL failed (status 500)', LATER),
    refused('server-error@passive', 9, 'SERVER_ERROR', 'the passive sign-in page at POOL failed (status 500)', LATER),
    refused('server-error@application', 9, 'SERVER_ERROR', 'the pool at POOL failed (status 500)', LATER),
    refused(
      'redirect@token',
      9,
      'REDIRECT_REFUSED',
      'the token service at POOL sends us elsewhere (status 302, to elsewhere.invalid)',
      'tell the administrator of the pool',
    ),
    refused(
      'redirect@passive',
      9,
      'REDIRECT_REFUSED',
      'the passive sign-in page at POOL leads to elsewhere.invalid without a sign-in request',
      'tell the administrator of the pool',
    ),
    refused(
      'redirect@application',
      9,
      'REDIRECT_REFUSED',
      'the pool at POOL sends us elsewhere (status 302, to elsewhere.invalid)',
      'tell the administrator of the pool',
    ),
    ...['token', 'application'].flatMap((step) =>
      ['huge-body', 'huge-body=gzip'].map((fault) =>
        refused(`${fault}@${step}`, 9, 'RESPONSE_TOO_LARGE', 'the answer of POOL is larger than 1024 KiB', TOO_LARGE),
      ),
    ),
    ...['huge-body', 'huge-body=gzip'].map((fault) =>
      refused(`${fault}@passive`, 9, 'RESPONSE_TOO_LARGE', 'the answer of POOL is larger than 512 KiB', TOO_LARGE),
    ),
    ...['token', 'passive', 'application'].map((step) =>
      refused(`slow=60000@${step} --timeout 3`, 9, 'TIMEOUT', 'POOL did not answer in full within 3 seconds', MORE_TIME),
    ),
  ],
};
