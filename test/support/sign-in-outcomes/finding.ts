/** How a sign-in ends while the servers are looked for. Data only. */
import { MORE_TIME, refused, type Section, TOO_LARGE } from './outcome.js';

const NAME_THE_POOL = 'name the pool: --server https://HOST (its administrator knows the address)';
const GIVE_THE_POOL = 'ask the administrator for the address of the pool, and name it with --server https://HOST';
const CHECK_SERVER = 'check the address of the pool (--server, LYNCAUTH_SERVER or the setting server)';

export const finding: Section = {
  title: 'Finding the servers',
  text: 'The servers are found by the domain of the sign-in address, or named with `--server`. Nothing secret has been sent when one of these comes up.',
  rows: [
    refused(
      { given: 'no --server' },
      9,
      'DISCOVERY_FAILED',
      'no Lync server was found for lab.test: there is nothing by the name of lyncdiscoverinternal.lab.test and lyncdiscover.lab.test',
      'check the address, and that this computer is on the right network or VPN; or name the pool: --server https://HOST (its administrator knows the address)',
    ),
    refused(
      { given: 'a portal that answers at every name' },
      9,
      'DISCOVERY_FAILED',
      'no Lync server was found for lab.test: lyncdiscover.lab.test answers with a web page, not as a Lync server does',
      NAME_THE_POOL,
    ),
    refused(
      { given: 'another web site at lyncdiscover.lab.test' },
      9,
      'DISCOVERY_FAILED',
      'no Lync server was found for lab.test: the certificate of lyncdiscover.lab.test is for www.lab.test, not for lyncdiscover.lab.test',
      NAME_THE_POOL,
    ),
    refused('html-discovery', 9, 'DISCOVERY_FAILED', 'POOL answers with a web page, not as a Lync server does', CHECK_SERVER),
    refused('redirect-loop', 9, 'DISCOVERY_FAILED', 'POOL redirects in a circle', 'tell the administrator of the pool'),
    refused('redirect-chain=6', 9, 'DISCOVERY_FAILED', 'POOL redirects more than 5 times', 'tell the administrator of the pool'),
    refused(
      'redirect@discovery',
      9,
      'NETWORK',
      'POOL sends us on, and the name elsewhere.invalid cannot be found',
      'ask the administrator of the pool: it sends us there',
    ),
    refused(
      { given: 'no --ca-file' },
      9,
      'TLS_UNTRUSTED',
      'the certificate of POOL is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
      "give the root certificate of the server's CA with --ca-file FILE",
    ),
    refused('--server https://localhost:1', 9, 'NETWORK', 'POOL refused the connection', CHECK_SERVER),
    refused('--server https://nohost.invalid', 9, 'NETWORK', 'the name POOL cannot be found', CHECK_SERVER),
    refused(
      'server-error@discovery',
      9,
      'DISCOVERY_FAILED',
      'POOL failed (status 500)',
      'wait a few minutes, then try again; if it stays so, ask the administrator of the pool',
    ),
    refused('huge-body@discovery', 9, 'RESPONSE_TOO_LARGE', 'the answer of POOL is larger than 256 KiB', TOO_LARGE),
    refused('huge-body=gzip@discovery', 9, 'RESPONSE_TOO_LARGE', 'the answer of POOL is larger than 256 KiB', TOO_LARGE),
    refused('slow=60000@discovery --timeout 3', 9, 'TIMEOUT', 'POOL did not answer in full within 3 seconds', MORE_TIME),
    refused('no-challenge', 9, 'DISCOVERY_FAILED', 'POOL asks for a logon, but not as a Lync server does', GIVE_THE_POOL),
    refused(
      'foreign-tokens',
      9,
      'DOMAIN_UNTRUSTED',
      'the token service of the pool is at pool.elsewhere.invalid, which is outside of lab.test',
      'only if your administrator confirms that pool.elsewhere.invalid belongs to your organisation: --trust-domain pool.elsewhere.invalid',
    ),
  ],
};
