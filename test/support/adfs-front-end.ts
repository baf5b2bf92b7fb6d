/** The practice organisation's AD FS behind a real program that speaks TLS for it: nginx or apache. Only AD FS judges a certificate. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TlsVersion } from './client-auth.js';
import type { ServerIdentity } from './loopback-https.js';
import { type PracticeHosts, startPracticeHosts } from './practice-hosts.js';
import { type ServerProgram, startProcess } from './server-process.js';

export interface FrontEndOptions {
  program: 'nginx' | 'apache';
  identity: ServerIdentity;
  protocols: readonly TlsVersion[];
  /** The certificate is asked for late, at the ordinary host and for one path, as by AD FS 2.0. Apache only. */
  late?: boolean;
}

const LATE_PATH = '/adfs/ls/auth/sslclient/';
const MODULE_DIR = '/usr/lib/apache2/modules';
const MODULES = ['mpm_event', 'authz_core', 'headers', 'proxy', 'proxy_http', 'ssl'];

export async function startBehindFrontEnd(options: FrontEndOptions): Promise<PracticeHosts> {
  const { program, identity } = options;
  const command: ServerProgram['command'] = (port, dir) => {
    writeFileSync(join(dir, 'server.pem'), identity.certificate, { mode: 0o600 });
    writeFileSync(join(dir, 'server.key'), identity.key, { mode: 0o600 });
    // Started by root it reads keys as root and works as somebody else.
    chmodSync(dir, 0o755);
    writeFileSync(join(dir, 'front.conf'), program === 'nginx' ? nginx(dir, port, options) : apache(dir, port, options), { mode: 0o600 });
    return program === 'nginx'
      ? ['/usr/sbin/nginx', '-p', dir, '-c', 'front.conf', '-e', 'stderr']
      : ['/usr/sbin/apache2', '-X', '-d', dir, '-f', 'front.conf'];
  };
  const front = await startProcess({ name: program, pidFile: `${program}.pid`, ports: 2, command });
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

function nginx(dir: string, port: number, { protocols }: FrontEndOptions): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`);
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
  return `
daemon off;
master_process off;
pid nginx.pid;
error_log stderr info;
events { worker_connections 64; }
http {
  access_log off;
  ${temporary.join(' ')}
  ${server(port, sockets.sts, 'off')}
  ${server(port + 1, sockets.certificateHost, 'optional_no_ca')}
}
`;
}

function apache(dir: string, port: number, { protocols, late = false }: FrontEndOptions): string {
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
  return `
${MODULES.map((name) => `LoadModule ${name}_module ${MODULE_DIR}/mod_${name}.so`).join('\n')}
ServerName localhost
PidFile apache.pid
DefaultRuntimeDir ${dir}
Mutex pthread
ErrorLog error.log
LogLevel warn
# Only root can become somebody else, and has to.
User www-data
Group www-data
ThreadsPerChild 8
MaxRequestWorkers 8
${host(port, sockets.sts, 'none', late ? asksLate : '')}
${host(port + 1, sockets.certificateHost, 'optional_no_ca')}
`;
}
