/** The switches of the practice organisation's AD FS. Data only, written as fault-texts.ts says. */
export const adfsFaults = {
  adfs: 'AD FS is of an older generation; =2.0: certificate at /adfs/ls/auth/sslclient/; =2012r2: ; =2016: pages of one piece; =2019: ',
  'certificate-host': 'AD FS asks for certificates by the name certauth.HOST at its own port',
  'certificate-by-redirect': 'AD FS sends the certificate page on by HTTP 307, the form goes to its own host',
  methods: 'AD FS offers other methods of proof; =certificate: nothing else; =password: nothing else; =windows: nothing else',
  'device-ask': 'AD FS asks for the certificate of a device at its ordinary port, and refuses (403) any other',
  'ca-hints': 'AD FS names other issuers as acceptable; =other: ; =huge: 600 of them; =empty: none',
  tls: 'AD FS speaks one version of TLS; =1.2: ; =1.3: ; =no-pss: 1.2 without RSA-PSS',
  'direct-token': 'AD FS hands the token out where it asks for the certificate',
  'wide-cookies': 'AD FS sets its cookies for its whole domain',
  'cookie-chunks': 'AD FS cuts its cookie into 2 pieces; =N: so many',
  'no-sso': 'AD FS keeps nobody signed in beyond one token',
  'adfs-fail':
    'AD FS fails; =no-certificate: finds none; =204: says nothing; =reset: resets connections; =hang: never answers; =msis7042: sees a loop; =msis7102: method not enabled; =mfa: wants one more proof',
  'no-sid': 'security tokens lack the SID of the user',
  'adfs-theme': 'the pages of AD FS have a theme; =extra-fields: ; =reordered: ; =translated: ; =single-quotes: ',
  'adfs-outside': 'AD FS is reached through its proxy: WS-Trust as seen from outside',
  'ws-trust': 'AD FS offers fewer endpoints of WS-Trust; =none: ; =transport: ; =mixed: ; =username: ; =2005: ; =13: ',
  'ws-trust-sha256': 'AD FS wants signatures with SHA-256 in the place of SHA-1',
  'token-reference': 'AD FS takes one kind of reference to a certificate; =direct: ; =thumbprint: ',
} as const;
