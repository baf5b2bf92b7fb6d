/** Apache as a site that takes the name of its user from the card: the UPN in the certificate, as Microsoft writes it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { APACHE_PID_FILE, apacheCommand } from './apache.js';
import { runCommand } from './cli.js';
import type { ServerIdentity } from './loopback-https.js';
import { startProcess, writeServerIdentity } from './server-process.js';
import type { TestToken } from './softhsm.js';

export interface LoginSite {
  /** Asks with a card, by curl and OpenSSL's PKCS#11 engine. */
  visit(card: TestToken, files: { keyId: string; certificate: string }): Promise<Visit>;
  stop(): Promise<void>;
}

export interface Visit {
  /** Whom the site takes the visitor for; none without an answer. */
  user: string | undefined;
  /** What the site logged meanwhile. */
  log: string;
}

/** @param clientCa - path, PEM */
export async function startLoginSite(identity: ServerIdentity, clientCa: string): Promise<LoginSite> {
  const { dir, port, stop } = await startProcess({
    name: 'login-site',
    ready: APACHE_PID_FILE,
    command(at, dir) {
      writeServerIdentity(dir, identity);
      mkdirSync(join(dir, 'pages'));
      writeFileSync(join(dir, 'pages/index'), 'hello\n', { mode: 0o644 });
      return apacheCommand(dir, ['authz_core', 'dir', 'headers', 'ssl'], configuration(dir, at, clientCa));
    },
  });
  const log = () => readFileSync(join(dir, 'error.log'), 'utf8') + readFileSync(join(dir, 'access.log'), 'utf8');
  return {
    stop,
    visit: async (card, { keyId, certificate }) => {
      const before = log().split('\n');
      const id = keyId.replace(/../g, '%$&');
      const uri = `pkcs11:token=${encodeURIComponent(card.label)};id=${id};type=private;pin-value=${card.pin}`;
      const key = ['--engine', 'pkcs11', '--key-type', 'ENG', '--key', uri, '--cert', certificate];
      const env = { ...card.env, PKCS11_MODULE_PATH: card.modulePath };
      const { stdout } = await runCommand(['curl', '-qsS', '-k', '-D', '-', ...key, `https://localhost:${port}/`], { env });
      const seen = new Set(before);
      return {
        user: /^X-User: (.*?)\r?$/im.exec(stdout)?.[1],
        log: log()
          .split('\n')
          .filter((line) => !seen.has(line))
          .join('\n'),
      };
    },
  };
}

function configuration(dir: string, port: number, clientCa: string): string {
  return `
LogLevel ssl:info
LogFormat "%{%s}t.%{usec_frac}t %m %U %>s"
TransferLog access.log
Listen 127.0.0.1:${port}
DocumentRoot ${dir}/pages
DirectoryIndex index
<Directory ${dir}/pages>
  Require all granted
</Directory>
SSLEngine on
SSLCertificateFile server.pem
SSLCertificateKeyFile server.key
SSLCACertificateFile ${clientCa}
# In this version a refused certificate ends the handshake, before there is a request.
SSLProtocol -all +TLSv1.2
SSLVerifyClient require
SSLOptions +StdEnvVars
SSLUserName SSL_CLIENT_SAN_OTHER_msUPN_0
Header always set X-User "expr=%{REMOTE_USER}"
`;
}
