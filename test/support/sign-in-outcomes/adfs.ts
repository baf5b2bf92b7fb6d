/** How a sign-in ends at the pages of AD FS. Data only. */
import { MORE_TIME, refused, type Section, TOO_LARGE } from './outcome.js';

const IN_THE_EVENT_LOG =
  'ask the administrator of AD FS to look for the reason in its event log and on its proxies: the chain, the revocation list, NTAuth';
/** Where the pool sees this computer: AD FS offers methods by network. */
const INSIDE = ' (seen from inside the organisation)';
const NO_METADATA = 'the method certificate failed too: the sign-in service at ADFS publishes no WS-Trust metadata';
const OPEN_PORT =
  'ask the administrator whether port 49443 of ADFS is open from this network, and whether AD FS can reach its revocation lists';
const LATER = 'try again later; if it stays, tell the administrator of AD FS and of the proxies before it';

const POOL_AND_ADFS =
  "ask the administrator to check the pool's relying party trust at AD FS: the rule that passes the primary SID, the token-signing certificate, the clocks";

export const pages: Section = {
  title: 'AD FS and the card',
  text: "The card proves who you are at AD FS: `ADFS` stands for the host of its sign-in page, `ADFS:49443` for where it asks for the card's certificate (in some organisations the host `certauth.ADFS`). Where AD FS gives an Activity ID, its administrator finds the reason under it.",
  rows: [
    refused(
      'foreign-sts',
      9,
      'DOMAIN_UNTRUSTED',
      'the sign-in server (AD FS) that POOL sends us to is at sts.elsewhere.invalid, which is outside of lab.test',
      'only if your administrator confirms that sts.elsewhere.invalid belongs to your organisation: --trust-domain sts.elsewhere.invalid',
    ),
    refused(
      'adfs-fail=no-certificate',
      4,
      'CERTIFICATE_NOT_ACCEPTED',
      'ADFS:49443 does not accept the certificate on the card: The request came without a certificate that can be used. Close the browser and try again, or choose another way to sign in',
      `${IN_THE_EVENT_LOG} (Activity ID UUID)`,
    ),
    refused(
      { given: "the card of another organisation's user" },
      4,
      'CERTIFICATE_NOT_ACCEPTED',
      'ADFS:49443 does not accept the certificate on the card: The request came without a certificate that can be used. Close the browser and try again, or choose another way to sign in',
      `${IN_THE_EVENT_LOG} (Activity ID UUID)`,
    ),
    refused(
      { given: "a card whose certificate is nobody's" },
      4,
      'CERTIFICATE_NOT_ACCEPTED',
      'ADFS:49443 asks for the certificate on the card, and then does not sign its holder in',
      "ask the administrator of AD FS whether the certificate's user name (UPN) is that of an account, and whether certificates may sign in from this network",
    ),
    refused(
      'adfs-fail=204',
      4,
      'CERTIFICATE_NOT_ACCEPTED',
      'ADFS:49443 does not accept the certificate on the card: it does not trust the CA that issued it (status 204)',
      "ask the administrator of AD FS to trust the card's CA on every AD FS server and web application proxy",
    ),
    refused(
      'adfs-fail=untrusted-ca',
      4,
      'CERTIFICATE_NOT_ACCEPTED',
      'ADFS:49443 does not accept the certificate on the card: it does not trust the CA that issued it (status 204)',
      "ask the administrator of AD FS to trust the card's CA on every AD FS server and web application proxy",
    ),
    refused(
      'adfs-fail=mfa',
      4,
      'SIGN_IN_REFUSED',
      'ADFS:49443 wants a second proof beside the certificate (AzureMfaAuthentication), which this program cannot give',
      'ask the administrator of AD FS to count the card as both factors for the pool',
    ),
    refused(
      'adfs-fail=msis7042',
      4,
      'SIGN_IN_REFUSED',
      'ADFS has issued several tokens within seconds, and takes that for a loop (MSIS7042): An error occurred',
      'wait a minute, then sign in again; if it comes back, the pool refuses the tokens: ask its administrator (Activity ID UUID)',
    ),
    refused(
      'adfs-fail=msis7102 --method passive',
      4,
      'METHOD_NOT_OFFERED',
      `ADFS does not offer the authentication that the pool asks for (MSIS7102): An error occurred${INSIDE}`,
      'ask the administrator of AD FS to enable certificate authentication (Activity ID UUID)',
    ),
    refused(
      'methods=password --method passive',
      4,
      'METHOD_NOT_OFFERED',
      `ADFS offers FormsAuthentication, and no sign-in with a certificate${INSIDE}`,
      'ask the administrator of AD FS to enable certificate authentication for this network (intranet and extranet are set separately)',
    ),
    refused(
      'adfs-fail=reset --method passive',
      9,
      'NETWORK',
      'where AD FS asks for the certificate, the connection to ADFS:49443 was cut before the request was sent (ECONNRESET)',
      OPEN_PORT,
    ),
    refused(
      'adfs-fail=hang --method passive --timeout 3',
      9,
      'TIMEOUT',
      'where AD FS asks for the certificate, ADFS:49443 did not answer in full within 3 seconds',
      OPEN_PORT,
    ),
    refused(
      { given: 'no entry for certauth.ADFS in DNS' },
      9,
      'NETWORK',
      'where AD FS asks for the certificate, the name certauth.ADFS cannot be found',
      'ask the administrator whether port 443 of certauth.ADFS is open from this network, and whether AD FS can reach its revocation lists',
    ),
    refused(
      { given: 'a certificate of AD FS without the name certauth.ADFS' },
      9,
      'TLS_UNTRUSTED',
      'the certificate of certauth.ADFS is for ADFS, not for certauth.ADFS',
      'ask the administrator of AD FS to add certauth.ADFS to its TLS certificate, or use --ca-file FILE for a private CA',
    ),
    refused('pool-rejects', 4, 'SIGN_IN_REFUSED', 'POOL does not accept the token that its sign-in server (AD FS) issued', POOL_AND_ADFS),
    refused('no-sid', 4, 'SIGN_IN_REFUSED', 'POOL does not accept the token that its sign-in server (AD FS) issued', POOL_AND_ADFS),
    refused(
      'adfs-clock-skew',
      4,
      'SIGN_IN_REFUSED',
      'POOL does not accept the token that its sign-in server (AD FS) issued (it says: No valid security token, 28020)',
      POOL_AND_ADFS,
    ),
    refused('server-error@adfs', 9, 'SERVER_ERROR', `ADFS answers with status 500; ${NO_METADATA} (it answered 500)`, LATER),
    refused(
      'redirect@adfs',
      9,
      'REDIRECT_REFUSED',
      `ADFS leads to elsewhere.invalid, which is no part of this sign-in; ${NO_METADATA} (it answered 302)`,
      'tell the administrator of AD FS: nothing was sent there',
    ),
    ...['huge-body', 'huge-body=gzip'].map((fault) =>
      refused(
        `${fault}@adfs`,
        9,
        'RESPONSE_TOO_LARGE',
        'the answer of ADFS is larger than 512 KiB; the method certificate failed too: the answer of ADFS is larger than 1024 KiB',
        TOO_LARGE,
      ),
    ),
    refused('slow=60000@adfs --timeout 3', 9, 'TIMEOUT', 'ADFS did not answer in full within 3 seconds', MORE_TIME),
  ],
};
