/** Traits and faults that do not keep a card from signing in, and by which method it does. Data only. */
import { type SignedIn, signedIn } from './outcome.js';

const byPage = [
  '',
  'adfs=2.0',
  'adfs=2012r2',
  'adfs=2016',
  'adfs=2019',
  'certificate-host',
  'certificate-host direct-token',
  'adfs=2016 certificate-host',
  'adfs=2016 certificate-host certificate-by-redirect',
  'adfs=2016 certificate-by-redirect',
  'certificate-host tls=1.3',
  'certificate-by-redirect',
  'methods=certificate',
  'methods=windows',
  'device-ask',
  'device-ask tls=1.2',
  'device-ask tls=1.3',
  'ca-hints=other',
  'ca-hints=huge',
  'ca-hints=empty',
  'tls=1.2',
  'tls=1.3',
  'tls=no-pss',
  'direct-token',
  'wide-cookies',
  'cookie-chunks',
  'cookie-chunks=3',
  'no-sso',
  'adfs-theme=extra-fields',
  'adfs-theme=reordered',
  'adfs-theme=translated',
  'adfs-theme=single-quotes',
  'adfs-outside',
  'ws-trust=none',
  'two-factor',
  'external',
  'redirect-chain',
  'redirect-chain=5',
  'bare-challenge',
  'application-expires',
  'application-expires=3',
  'homed-elsewhere --trust-domain localhost,127.0.0.1',
];

const byMessage = [
  '',
  'adfs-outside',
  'ws-trust=transport',
  'ws-trust=mixed',
  'ws-trust=2005',
  'ws-trust=13',
  'ws-trust-sha256',
  'token-reference=direct',
  'token-reference=thumbprint',
  'ws-trust=mixed ws-trust-sha256',
  'ws-trust=mixed token-reference=direct',
  'ws-trust=mixed token-reference=thumbprint',
];

const byPassword = ['', 'two-factor', 'password-only', 'passive-off', 'ws-trust=username two-factor'];

/** Where the page cannot be used, WS-Trust leads in by itself. */
const insteadOfPage: readonly [string, string][] = [
  ['methods=password', 'ADFS offers FormsAuthentication, and no sign-in with a certificate'],
  [
    'adfs-fail=reset',
    'where AD FS asks for the certificate, the connection to ADFS:49443 was cut before the request was sent (ECONNRESET)',
  ],
  ['adfs-fail=hang --timeout 3', 'where AD FS asks for the certificate, ADFS:49443 did not answer in full within 3 seconds'],
  ['adfs-fail=msis7102', 'ADFS does not offer the authentication that the pool asks for (MSIS7102): An error occurred'],
];

export const signedInAnyway: readonly SignedIn[] = [
  ...byPage.map((when) => signedIn('passive', when)),
  ...insteadOfPage.map(([when, reason]) => signedIn('certificate', when, reason)),
  ...byMessage.map((when) => signedIn('certificate', `${when} --method certificate`)),
  ...byPassword.map((when) => signedIn('password', `${when} --method password`)),
];
