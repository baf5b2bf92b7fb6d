/** nginx for a test: wants a client certificate on every path and answers with the subject of the one it got. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClientAuthOptions, type ClientAuthServer, TLS_VERSIONS } from './client-auth.js';
import { startProcess, writeServerIdentity } from './server-process.js';

export const NGINX_PID_FILE = 'nginx.pid';

export async function startNginx(options: ClientAuthOptions): Promise<ClientAuthServer> {
  const { port, stop } = await startProcess({
    name: 'nginx',
    ready: NGINX_PID_FILE,
    command(port, dir) {
      writeServerIdentity(dir, options.identity);
      writeFileSync(join(dir, 'clients.pem'), options.clientCa, { mode: 0o600 });
      return nginxCommand(dir, server(port, options));
    },
  });
  return { url: `https://localhost:${port}`, stop };
}

/**
 * Writes nginx's configuration with `servers` in it. Returns the command that runs it: one process, nothing outside `dir`, as root and as anybody.
 */
export function nginxCommand(dir: string, servers: string): string[] {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`);
  const configuration = `
daemon off;
master_process off;
pid ${NGINX_PID_FILE};
error_log stderr info;
events { worker_connections 64; }
http {
  access_log off;
  ${temporary.join(' ')}
${servers}
}
`;
  writeFileSync(join(dir, 'nginx.conf'), configuration, { mode: 0o600 });
  return ['/usr/sbin/nginx', '-p', dir, '-c', 'nginx.conf', '-e', 'stderr'];
}

function server(port: number, { protocol }: ClientAuthOptions): string {
  return `
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate server.pem;
    ssl_certificate_key server.key;
    ssl_protocols ${protocol ?? TLS_VERSIONS.join(' ')};
    ssl_client_certificate clients.pem;
    ssl_verify_client on;
    location / {
      add_header X-Client $ssl_client_s_dn;
      add_header X-Protocol $ssl_protocol;
      return 200 "hello\\n";
    }
  }`;
}
