/** Where the switches of the practice CA come from. Data only. */
import type { caFaults } from '../../../src/lab/fault-texts.js';
import type { Switch } from './known.js';

export const caSources: Readonly<Record<keyof typeof caFaults, Switch>> = {
  pending: ['observed', 'AD CS issues where the template asks for no approval; the page for a request that waits has been published'],
  denied: ['observed', 'the number stands on the page in every language: no Enroll permission for the template'],
  'wrong-key': ['made up', 'it would be a mix-up, or an attack'],
  'wrong-user': ['made up', 'it would be a mix-up, or a request made for somebody else'],
  'weak-mapping': [
    'documented',
    'CAs without the updates of May 2022 leave the SID out, and domain controllers no longer map such a certificate (KB5014754)',
  ],
  'no-upn': [
    'documented',
    'a template decides whether the name is in the certificate; AD FS and domain controllers map by it where there is no SID',
  ],
  'foreign-issuer': ['made up', 'a CA with a renewed key has the same name as well'],
  'expired-certificate': ['made up', 'it would be a wrong clock at the CA'],
  'truncated-page': ['made up', 'a proxy can cut a page off'],
  'error-page': ['observed', 'the web pages say so when they cannot reach the CA'],
  french: ['observed', 'pages are in the language of the server; only the ids of their elements are the same everywhere'],
  'no-basic': ['documented', 'IIS offers Negotiate and NTLM; Basic is there once an administrator adds it'],
  redirect: ['assumed', 'proxies and portals send clients elsewhere'],
  'server-error': ['assumed', 'IIS and proxies say so when what is behind them fails'],
  'huge-body': ['made up', 'nothing that these services send is nearly as long'],
  slow: ['assumed', 'revocation lists that cannot be reached, and busy servers, hold answers back'],
  'cut-after-submit': ['assumed', 'networks fail at any moment'],
};
