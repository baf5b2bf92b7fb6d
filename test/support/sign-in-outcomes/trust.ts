/** How a sign-in by WS-Trust ends, and one by password. Data only. */
import { refused, type Section } from './outcome.js';

const ENABLE_ENDPOINT = 'sign in with --method passive, or ask the administrator of AD FS to enable the endpoint';

const ASK_WHOSE =
  'ask the administrator whether the certificate belongs to your account, and whether AD FS trusts the CA and reaches its revocation list';

export const trust: Section = {
  title: 'WS-Trust and the password',
  text: 'With `--method certificate` the card signs a message to AD FS, which then needs no page; with `--method password`, the only way in which a password is ever used, the pool or AD FS takes that. By itself, a sign-in goes on to WS-Trust where the page fails for a reason that is not about you.',
  rows: [
    refused(
      'ws-trust=none --method certificate',
      4,
      'METHOD_NOT_OFFERED',
      'the sign-in service at ADFS publishes no WS-Trust metadata (it answered 404)',
      'sign in with --method passive, or ask the administrator to enable it',
    ),
    refused(
      'ws-trust=username --method certificate',
      4,
      'METHOD_NOT_OFFERED',
      'the sign-in service at ADFS offers neither certificatetransport nor certificatemixed from here',
      ENABLE_ENDPOINT,
    ),
    refused(
      'ws-trust=transport two-factor --method password',
      4,
      'METHOD_NOT_OFFERED',
      'the sign-in service at ADFS offers no usernamemixed from here',
      ENABLE_ENDPOINT,
    ),
    refused(
      { given: "the card of another organisation's user", when: '--method certificate' },
      4,
      'CERTIFICATE_NOT_ACCEPTED',
      'the sign-in service at ADFS:49443 did not accept the certificate of the card: ID3242: The security token could not be authenticated or authorized.',
      ASK_WHOSE,
    ),
    refused(
      'adfs-fail=untrusted-ca --method certificate',
      4,
      'CERTIFICATE_NOT_ACCEPTED',
      'the sign-in service at ADFS:49443 did not accept the certificate of the card: ID3242: The security token could not be authenticated or authorized.',
      ASK_WHOSE,
    ),
    refused(
      'adfs-clock-skew ws-trust=mixed --method certificate',
      4,
      'CLOCK_SKEW',
      "this computer's clock is 60 minutes behind that of ADFS, which refused the sign-in (An error occurred when verifying security for the message.)",
      'set the clock of this computer (timedatectl set-ntp true), then sign in again',
    ),
    refused(
      { given: 'a wrong password', when: '--method password' },
      4,
      'SIGN_IN_REFUSED',
      'the token service at POOL refused the user name or the password (it says: invalid_grant)',
      'check both before trying again: an account is locked after some wrong passwords',
    ),
    refused(
      { given: 'a wrong password', when: 'two-factor --method password' },
      4,
      'SIGN_IN_REFUSED',
      'the sign-in service at ADFS refused the user name or the password: ID3242: The security token could not be authenticated or authorized.',
      'check both before trying again: an account is locked after some wrong passwords',
    ),
  ],
};
