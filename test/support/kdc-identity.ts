/** The certificate of a Kerberos server (KDC) of the practice organisation, made by openssl. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** As RFC 4556 section 3.2.4 wants it: the name of its ticket-granting service as KRB5PrincipalName, and a purpose of its own. */
const request = (realm: string) => `
[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
commonName = KDC of ${realm}
[extensions]
keyUsage = critical, digitalSignature
extendedKeyUsage = 1.3.6.1.5.2.3.5, serverAuth, clientAuth, 1.3.6.1.4.1.311.20.2.2
subjectAltName = otherName:1.3.6.1.5.2.2;SEQUENCE:principal, DNS:localhost
[principal]
realm = EXP:0, GeneralString:${realm}
principalName = EXP:1, SEQUENCE:principal_name
[principal_name]
type = EXP:0, INTEGER:2
string = EXP:1, SEQUENCE:components
[components]
service = GeneralString:krbtgt
realm = GeneralString:${realm}
`;

/**
 * Writes certificate and key of the KDC for `realm`, PEM, one after the other.
 *
 * @param labDir - the practice organisation's directory, whose root issues it
 * @returns path of the file, in `dir`
 */
export function writeKdcIdentity(dir: string, labDir: string, realm: string): string {
  const [config, file] = [join(dir, 'kdc-request.cnf'), join(dir, 'kdc.pem')];
  writeFileSync(config, request(realm));
  const root = ['-CA', join(labDir, 'ca.pem'), '-CAkey', join(labDir, 'ca.key'), '-days', '30'];
  const made = ['req', '-x509', '-config', config, ...root, '-newkey', 'rsa:2048', '-nodes', '-keyout', '-'];
  // Begun yesterday, for clients whose clock is behind; openssl cannot be told when.
  writeFileSync(file, execFileSync('faketime', ['-f', '-1d', 'openssl', ...made], { stdio: 'pipe' }), { mode: 0o600 });
  return file;
}
