/** nginx for a test: wants a client certificate on every path and answers with the subject of the one it got. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClientAuthOptions, type ClientAuthServer, TLS_VERSIONS } from './client-auth.js';
import { startProcess } from './server-process.js';

export async function startNginx(options: ClientAuthOptions): Promise<ClientAuthServer> {
  const { port, stop } = await startProcess({
    name: 'nginx',
    pidFile: 'nginx.pid',
    command(port, dir) {
      const file = (name: string, content: string) => writeFileSync(join(dir, name), content, { mode: 0o600 });
      file('server.pem', options.identity.certificate);
      file('server.key', options.identity.key);
      file('clients.pem', options.clientCa);
      file('nginx.conf', configuration(port, options));
      return ['/usr/sbin/nginx', '-p', dir, '-c', 'nginx.conf', '-e', 'stderr'];
    },
  });
  return { url: `https://localhost:${port}`, stop };
}

/** One process, nothing outside its own directory; works as root and as anybody. */
function configuration(port: number, { protocol }: ClientAuthOptions): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`);
  return `
daemon off;
master_process off;
pid nginx.pid;
error_log stderr info;
events { worker_connections 64; }
http {
  access_log off;
  ${temporary.join(' ')}
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
  }
}
`;
}
