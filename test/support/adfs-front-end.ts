/** The practice organisation's AD FS behind a real program that speaks TLS for it: nginx or apache. Only AD FS judges a certificate. */
import { join } from 'node:path';
import { APACHE_PID_FILE, apacheCommand } from './apache.js';
import type { TlsVersion } from './client-auth.js';
import type { ServerIdentity } from './loopback-https.js';
import { NGINX_PID_FILE, nginxCommand } from './nginx.js';
import { type PracticeHosts, startPracticeHosts } from './practice-hosts.js';
import { type ServerProgram, startProcess, writeServerIdentity } from './server-process.js';

export interface FrontEndOptions {
  program: 'nginx' | 'apache';
  identity: ServerIdentity;
  protocols: readonly TlsVersion[];
  /** The certificate is asked for late, at the ordinary host and for one path, as by AD FS 2.0. Apache only. */
  late?: boolean;
}

const LATE_PATH = '/adfs/ls/auth/sslclient/';
const APACHE_MODULES = ['authz_core', 'headers', 'proxy', 'proxy_http', 'ssl'];

export async function startBehindFrontEnd(options: FrontEndOptions): Promise<PracticeHosts> {
  const { program, identity } = options;
  const command: ServerProgram['command'] = (port, dir) => {
    writeServerIdentity(dir, identity);
    return program === 'nginx'
      ? nginxCommand(dir, nginxServers(dir, port, options))
      : apacheCommand(dir, APACHE_MODULES, apacheHosts(dir, port, options));
  };
  const front = await startProcess({ name: program, ready: program === 'nginx' ? NGINX_PID_FILE : APACHE_PID_FILE, ports: 2, command });
  const hosts = await startPracticeHosts({
    faults: options.late === true ? ['adfs=2.0'] : [],
    sites: { sts: `https://localhost:${front.port}`, certificateHost: `https://localhost:${front.port + 1}` },
    frontEnds: socketsIn(front.dir),
  });
  return { ...hosts, close: () => hosts.close().finally(() => front.stop()) };
}

/** Where the program passes requests on to. */
function socketsIn(dir: string): { sts: string; certificateHost: string } {
  return { sts: join(dir, 'sts.sock'), certificateHost: join(dir, 'certificate.sock') };
}

function nginxServers(dir: string, port: number, { protocols }: FrontEndOptions): string {
  const sockets = socketsIn(dir);
  const server = (at: number, behind: string, verify: string) => `
  server {
    listen 127.0.0.1:${at} ssl;
    ssl_certificate server.pem;
    ssl_certificate_key server.key;
    ssl_protocols ${protocols.join(' ')};
    ssl_verify_client ${verify};
    location / {
      proxy_pass http://unix:${behind}:;
      proxy_set_header X-Client-Certificate $ssl_client_escaped_cert;
      proxy_set_header X-Client-Protocol $ssl_protocol;
    }
  }`;
  return `${server(port, sockets.sts, 'off')}${server(port + 1, sockets.certificateHost, 'optional_no_ca')}`;
}

function apacheHosts(dir: string, port: number, { protocols, late = false }: FrontEndOptions): string {
  const sockets = socketsIn(dir);
  const host = (at: number, behind: string, verify: string, more = '') => `
Listen 127.0.0.1:${at}
<VirtualHost 127.0.0.1:${at}>
  SSLEngine on
  SSLCertificateFile server.pem
  SSLCertificateKeyFile server.key
  SSLProtocol -all ${protocols.map((name) => `+${name}`).join(' ')}
  SSLVerifyClient ${verify}
  RequestHeader set X-Client-Certificate "%{SSL_CLIENT_CERT}s"
  RequestHeader set X-Client-Protocol "%{SSL_PROTOCOL}s"
  ProxyPass / unix:${behind}|http://localhost/
  ${more}
</VirtualHost>`;
  const asksLate = `<Location ${LATE_PATH}>\n    SSLVerifyClient optional_no_ca\n  </Location>`;
  return `${host(port, sockets.sts, 'none', late ? asksLate : '')}${host(port + 1, sockets.certificateHost, 'optional_no_ca')}\n`;
}
