/** Certificates made by the openssl binary. */
import { openssl } from '../../support/openssl.js';

/** An octet string extension value with the security identifier S-1-5-21-1-2-3-1105, written out by hand. */
const SID = 'S-1-5-21-1-2-3-1105';
export const SID_EXTENSION = (() => {
  const wrap = (tag: string, inner: string) => tag + (inner.length / 2).toString(16).padStart(2, '0') + inner;
  const value = wrap('a0', wrap('04', Buffer.from(SID).toString('hex')));
  return wrap('30', wrap('a0', `060a2b060104018237190201${value}`));
})();

export interface Sample {
  pem: string;
  der: Buffer;
  key: string;
}

export function newKey(kind: 'rsa' | 'ec'): string {
  const options = kind === 'rsa' ? ['RSA', '-pkeyopt', 'rsa_keygen_bits:2048'] : ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  return openssl(['genpkey', '-algorithm', ...options]).toString();
}

const CONFIG = '[req]\ndistinguished_name=dn\nx509_extensions=none\n[dn]\n[none]\n';

/** A self-signed certificate. `extensions` are lines of an openssl extension section. */
export function selfSigned(kind: 'rsa' | 'ec', subject: string, extensions: string[] = [], sections = ''): Sample {
  const key = newKey(kind);
  const config = `${CONFIG}[e]\n${extensions.join('\n')}\n${sections}`;
  const args = [
    'req',
    '-x509',
    '-new',
    '-key',
    'key.pem',
    '-utf8',
    '-subj',
    subject,
    '-days',
    '30',
    '-set_serial',
    '0x80a1',
    '-config',
    'c.cnf',
    '-extensions',
    'e',
  ];
  return sample(openssl(args, { files: { 'key.pem': key, 'c.cnf': config } }), key);
}

/** A certificate from `issuer`. */
export function issuedBy(issuer: Sample, kind: 'rsa' | 'ec', subject: string, extensions: string[] = []): Sample {
  const key = newKey(kind);
  const files = { 'key.pem': key, 'c.cnf': CONFIG, 'ca.pem': issuer.pem, 'ca.key': issuer.key, 'e.cnf': `[e]\n${extensions.join('\n')}\n` };
  const request = openssl(['req', '-new', '-key', 'key.pem', '-subj', subject, '-config', 'c.cnf'], { files });
  const args = [
    'x509',
    '-req',
    '-in',
    'r.pem',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-set_serial',
    '7',
    '-days',
    '9',
    '-extfile',
    'e.cnf',
    '-extensions',
    'e',
  ];
  return sample(openssl(args, { files: { ...files, 'r.pem': request } }), key);
}

function sample(output: Buffer, key: string): Sample {
  const pem = output.toString();
  return { pem, der: openssl(['x509', '-outform', 'DER'], { input: output }), key };
}

export const CA_EXTENSIONS = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];

/** What a CA with Windows templates puts into a smart card certificate. */
export const CARD_EXTENSIONS = [
  'keyUsage=critical,digitalSignature,keyEncipherment',
  'extendedKeyUsage=msSmartcardLogin,clientAuth,emailProtection',
  'subjectAltName=otherName:1.3.6.1.4.1.311.20.2.3;UTF8:kim@contoso.test,email:kim.lee@contoso.test',
];
