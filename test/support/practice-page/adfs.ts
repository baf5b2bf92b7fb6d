/** Where the switches of the practice AD FS come from. Data only. */
import type { adfsFaults } from '../../../src/lab/adfs-fault-texts.js';
import type { Switch } from './known.js';

const CERTIFICATES = '"Configure AD FS support for user certificate authentication"';

export const adfsSources: Readonly<Record<keyof typeof adfsFaults, Switch>> = {
  adfs: {
    '2.0': ['observed', 'scripts of others go to this address; a real one asks late in TLS, which this one cannot'],
    '2012r2': ['documented', `port 49443 (${CERTIFICATES})`],
    '2016': ['observed', 'pages of this shape have been published'],
    '2019': ['observed', 'pages of this shape have been published; its version of TLS is assumed'],
  },
  'certificate-host': ['documented', `from 2016 on (${CERTIFICATES}, Set-AdfsAlternateTlsClientBinding)`],
  'certificate-by-redirect': ['assumed', 'some clients are known to post the form to one place, some to the other, and both get through'],
  methods: {
    certificate: ['documented', `what is offered is set for inside and outside, and certificates are off at first (${CERTIFICATES})`],
    password: ['documented', 'as above'],
    windows: ['observed', 'where the browser is on a list of AD FS'],
  },
  'device-ask': [
    'documented',
    'the ordinary port is bound to ask for device certificates ([MS-ADFSPIP]); that it refuses others is assumed',
  ],
  'ca-hints': {
    other: ['observed', 'the list is made of a store that may lack the right CA'],
    huge: ['documented', 'the list is made of all trusted roots, and breaks TLS when there are too many'],
    empty: ['documented', 'SendTrustedIssuerList=0'],
  },
  tls: {
    '1.2': ['documented', 'Windows Server before 2022 has no TLS 1.3'],
    '1.3': ['assumed', 'an administrator can ask for it'],
    'no-pss': ['assumed', 'cards and servers are known that cannot do RSA-PSS'],
  },
  'direct-token': ['assumed', 'the way back has been seen to be a redirect'],
  'wide-cookies': ['assumed', 'cookies of the certificate host must be good at the ordinary one'],
  'cookie-chunks': ['observed', 'MSISAuth, MSISAuth1 and so on'],
  'no-sso': ['documented', 'administrators can switch single sign-on off'],
  'adfs-fail': {
    'no-certificate': ['observed', 'this page comes too when the chain or a revocation list fails (MSIS7121)'],
    '204': ['documented', `status 204 for a CA that the server does not trust (${CERTIFICATES})`],
    'untrusted-ca': [
      'documented',
      'as 204; the fault that WS-Trust answers with is assumed. Other servers show the page of no-certificate',
    ],
    reset: ['documented', `a firewall or a wrong binding (${CERTIFICATES})`],
    hang: ['documented', 'revocation lists that cannot be reached'],
    msis7042: ['observed', 'more than five tokens within twenty seconds'],
    msis7102: ['observed', 'the relying party asks for a method that is off'],
    mfa: ['observed', 'the name of the method stands in a field; the rest of the page is assumed'],
  },
  'no-sid': [
    'documented',
    'pools map users by primarysid ("Configure two-factor authentication"); that the pool then starts anew is assumed',
  ],
  'adfs-clock-skew': ['assumed', 'WS-Security and Windows Identity Foundation allow five minutes; what either then says was not seen'],
  'adfs-theme': {
    'extra-fields': ['observed', 'organisations add fields and scripts'],
    reordered: ['assumed', 'themes are written by hand'],
    translated: ['observed', 'pages are in the language of the browser'],
    'single-quotes': ['assumed', 'themes are written by hand'],
  },
  'adfs-outside': ['documented', 'proxies publish fewer endpoints ([MS-ADFSPIP] section 2.2.2)'],
  'ws-trust': {
    none: ['documented', 'endpoints are switched one by one (Set-AdfsEndpoint)'],
    transport: ['documented', 'as above'],
    mixed: ['documented', 'as above'],
    username: ['documented', 'as above'],
    '2005': ['documented', 'as above'],
    '13': ['documented', 'as above'],
  },
  'ws-trust-sha256': ['assumed', 'policies have a name for it (Basic256Sha256); no AD FS is known to use it'],
  'token-reference': {
    direct: ['assumed', 'Windows Communication Foundation refers so to a token in the message'],
    thumbprint: ['documented', 'the policy of AD FS asks for it (RequireThumbprintReference); that it takes nothing else is assumed'],
  },
};
