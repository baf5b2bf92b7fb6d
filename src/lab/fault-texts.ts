/**
 * Every switch of the practice organisation and what it does. Data only. Behind `; =` stands a value that it takes: a word in small
 * letters as it is, one in capitals for a number, which then takes the place of the number in the description.
 */

/** What `slow` means without a value. */
export const SLOW_MS = 5000;
/** How far a clock is ahead that is wrong. */
export const SKEW_MS = 60 * 60 * 1000;
/** What `redirect-chain` means without a value. */
export const CHAIN_HOPS = 3;

/** Of the CA, and of the transfer of every answer. */
export const caFaults = {
  pending: 'every request waits for approval',
  denied: 'every request is denied (0x80094012)',
  'wrong-key': 'certificates carry a key that nobody asked for',
  'wrong-user': "certificates carry another user's name",
  'weak-mapping': 'certificates lack the SID extension',
  'no-upn': 'certificates name no user: they lack the user principal name',
  'foreign-issuer': "certificates are signed by another CA that bears this one's name",
  'expired-certificate': 'certificates expired yesterday',
  'truncated-page': 'the page that says "issued" ends before its link',
  'error-page': 'the page that takes requests shows an error (0x800706BA) and takes none',
  french: 'pages are in French',
  'no-basic': 'Basic is not offered, and not accepted',
  redirect: 'answers send the client to another host',
  'server-error': 'answers are HTTP 500',
  'huge-body': 'answers are 4 MiB long; =gzip: compressed',
  slow: `answers come ${SLOW_MS} ms late; =MS: so many milliseconds`,
  'cut-after-submit': 'the connection is cut once a request was taken',
} as const;

/** Of the Lync pool: discovery, tokens, passive sign-in, applications. */
export const poolFaults = {
  'two-factor': 'the pool takes passive sign-in only, as documented for two-factor authentication',
  'password-only': 'the pool takes passwords only',
  'passive-off': 'the pool lists passive sign-in, but refuses it (28029)',
  external: 'discovery answers as it does outside the organisation',
  'html-discovery': 'discovery answers with a web page',
  'redirect-chain': `discovery sends the client on ${CHAIN_HOPS} times before it answers; =N: so often`,
  'redirect-loop': 'discovery sends the client in circles',
  'homed-elsewhere': 'the user resource sends the client on to the pool by another name, https://127.0.0.1:PORT',
  'not-homed': 'the user resource is empty (404): nobody knows where the user is at home',
  'no-challenge': 'the user resource asks for no token that the client could get',
  'bare-challenge': 'the user resource asks for a token without quotation marks',
  'foreign-tokens': 'tokens are to be had at another organisation',
  'foreign-sts': 'passive sign-in leads to another organisation',
  'pool-rejects': 'the pool takes no security token, and starts passive sign-in again',
  'clock-skew': "the pool's clock is an hour ahead: security tokens are out of date there",
  'not-enabled': 'users are not enabled for Lync (28000)',
  'account-disabled': 'accounts are disabled',
  'expired-token': 'tokens have expired, whenever they were issued',
  'wrong-host-ticket': 'tokens are taken for those of another host',
  'too-many-applications': 'users have as many applications as they may have',
  'application-expires': 'applications end after 0 idle seconds; =SECONDS: so many',
} as const;
