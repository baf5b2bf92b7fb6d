/** The switches of the practice organisation's AD FS. Data only, written as fault-texts.ts says. */
export const adfsFaults = {
  adfs: 'AD FS is of an older generation; =2.0: asks for the certificate at /adfs/ls/auth/sslclient/; =2012r2: has a port for certificates, and never a host; =2016: has pages of one piece; =2019: has pages in steps, and TLS 1.2 at most',
  'certificate-host': 'AD FS asks for certificates by the name certauth.HOST at its own port',
  'certificate-by-redirect': 'AD FS sends the certificate page on by HTTP 307, the form goes to its own host',
  methods:
    'AD FS offers one method of proof and no other; =certificate: certificates; =password: passwords; =windows: the logon of Windows',
  'device-ask': 'AD FS asks for the certificate of a device at its ordinary port, and refuses (403) any other',
  'ca-hints': 'AD FS names other issuers as acceptable; =other: another CA; =huge: 600 other CAs; =empty: none',
  tls: 'AD FS speaks one version of TLS; =1.2: nothing newer; =1.3: nothing older; =no-pss: 1.2 without RSA-PSS',
  'direct-token': 'AD FS hands the token out where it asks for the certificate',
  'wide-cookies': 'AD FS sets its cookies for its whole domain',
  'cookie-chunks': 'AD FS cuts its cookie into 2 pieces; =N: so many',
  'no-sso': 'AD FS keeps nobody signed in beyond one token',
  'adfs-fail':
    'AD FS fails; =no-certificate: finds none; =204: says nothing; =untrusted-ca: does not trust the CA of the cards; =reset: resets connections; =hang: never answers; =msis7042: sees a loop; =msis7102: method not enabled; =mfa: wants one more proof',
  'no-sid': 'security tokens lack the SID of the user, so the pool takes none',
  'adfs-clock-skew': "AD FS's clock is an hour ahead: its tokens are not valid yet at the pool, and signed messages are too old for it",
  'adfs-theme':
    'the pages of AD FS have a theme; =extra-fields: a field more in every form; =reordered: attributes in another order; =translated: words in French; =single-quotes: attributes in single quotation marks',
  'adfs-outside': 'AD FS is reached through its proxy: WS-Trust as seen from outside',
  'ws-trust':
    'AD FS offers fewer endpoints of WS-Trust; =none: none at all; =transport: certificatetransport only; =mixed: certificatemixed only; =username: usernamemixed only; =2005: those of WS-Trust 2005 only; =13: those of WS-Trust 1.3 only',
  'ws-trust-sha256': 'AD FS wants signatures with SHA-256 in the place of SHA-1',
  'token-reference':
    'AD FS takes one kind of reference to a certificate; =direct: to the one in the message; =thumbprint: by its thumbprint',
} as const;
