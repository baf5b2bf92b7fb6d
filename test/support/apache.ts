/** Apache for a test: wants a client certificate for every path, or late: in the middle of a connection, for /late only. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClientAuthOptions, type ClientAuthServer, TLS_VERSIONS } from './client-auth.js';
import { startProcess, writeServerIdentity } from './server-process.js';

const MODULE_DIR = '/usr/lib/apache2/modules';
export const APACHE_PID_FILE = 'apache.pid';

export interface ApacheOptions extends ClientAuthOptions {
  /**
   * Only /late wants a certificate, and only once it has read the request: TLS 1.2 renegotiates (RFC 5746), TLS 1.3 authenticates after the handshake
   * (RFC 8446 section 4.6.2).
   */
  late?: boolean;
}

export async function startApache(options: ApacheOptions): Promise<ClientAuthServer> {
  const { port, stop } = await startProcess({
    name: 'apache',
    ready: APACHE_PID_FILE,
    command(port, dir) {
      const file = (name: string, content: string, mode = 0o600) => writeFileSync(join(dir, name), content, { mode });
      writeServerIdentity(dir, options.identity);
      file('clients.pem', options.clientCa);
      mkdirSync(join(dir, 'pages'), { recursive: true });
      for (const page of ['index', 'late']) file(`pages/${page}`, 'hello\n', 0o644);
      return apacheCommand(dir, ['authz_core', 'dir', 'headers', 'ssl'], configuration(dir, port, options));
    },
  });
  return { url: `https://localhost:${port}`, stop };
}

/** Writes apache's configuration, `own` being what differs between our servers. Returns the command that runs it with nothing outside `dir`. */
export function apacheCommand(dir: string, modules: readonly string[], own: string): string[] {
  const load = ['mpm_event', ...modules].map((name) => `LoadModule ${name}_module ${MODULE_DIR}/mod_${name}.so`);
  const configuration = `
${load.join('\n')}
ServerName localhost
PidFile ${APACHE_PID_FILE}
DefaultRuntimeDir ${dir}
Mutex pthread
ErrorLog error.log
LogLevel warn
# Only root can become somebody else, and has to.
User www-data
Group www-data
ThreadsPerChild 8
MaxRequestWorkers 8
${own}`;
  writeFileSync(join(dir, 'apache.conf'), configuration, { mode: 0o600 });
  // Started by root it reads keys as root, and works as somebody else.
  chmodSync(dir, 0o755);
  return ['/usr/sbin/apache2', '-X', '-d', dir, '-f', 'apache.conf'];
}

function configuration(dir: string, port: number, { protocol, late = false }: ApacheOptions): string {
  return `
Listen 127.0.0.1:${port}
DocumentRoot ${dir}/pages
DirectoryIndex index
<Directory ${dir}/pages>
  Require all granted
</Directory>
SSLEngine on
SSLCertificateFile server.pem
SSLCertificateKeyFile server.key
SSLCACertificateFile clients.pem
SSLProtocol -all ${(protocol === undefined ? TLS_VERSIONS : [protocol]).map((name) => `+${name}`).join(' ')}
SSLVerifyClient ${late ? 'none' : 'require'}
Header set X-Client "%{SSL_CLIENT_S_DN}s"
Header set X-Protocol "%{SSL_PROTOCOL}s"
<Location /late>
  SSLVerifyClient require
</Location>
`;
}
