/** The practice CA behind apache with mod_auth_gssapi, which logs users on as a Windows server would and tells the CA who they are. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accounts } from '../../src/lab/accounts.js';
import { APACHE_PID_FILE, apacheCommand } from './apache.js';
import type { ServerIdentity } from './loopback-https.js';
import { startProcess, writeServerIdentity } from './server-process.js';

export interface CaFrontEndOptions {
  identity: ServerIdentity;
  /** Of the practice organisation: `https://localhost:PORT`, and its root, PEM. */
  origin: string;
  caFile: string;
  /** Directives of mod_auth_gssapi besides AuthType. @param dir - of apache, for files that they name */
  gssapi(dir: string): readonly string[];
  /** What the library behind the module finds in its environment. */
  environment?(dir: string): Readonly<Record<string, string>>;
  /** How the module may name an account of the practice organisation; `LAB\alice` unless given. */
  remoteUsers?(account: { name: string; upn: string }): readonly string[];
  /** Directives for the whole server. */
  more?: string;
}

export interface CaFrontEnd {
  /** `https://localhost:PORT/certsrv`. */
  url: string;
  /** Of apache, with its error.log and access.log. */
  dir: string;
  stop(): Promise<void>;
}

const MODULES = ['authn_core', 'authz_core', 'authz_user', 'auth_gssapi', 'headers', 'proxy', 'proxy_http', 'ssl'];

export async function startCaFrontEnd(options: CaFrontEndOptions): Promise<CaFrontEnd> {
  const { port, dir, stop } = await startProcess({
    name: 'apache',
    ready: APACHE_PID_FILE,
    command(port, dir) {
      writeServerIdentity(dir, options.identity);
      const variables = Object.entries(options.environment?.(dir) ?? {}).map(([name, value]) => `${name}=${value}`);
      return ['/usr/bin/env', ...variables, ...apacheCommand(dir, MODULES, configuration(dir, port, options))];
    },
  });
  return { url: `https://localhost:${port}/certsrv`, dir, stop };
}

function configuration(dir: string, port: number, options: CaFrontEndOptions): string {
  const { origin, caFile, gssapi, remoteUsers = ({ name }) => [name], more = '' } = options;
  // The practice CA knows Basic only: apache logs on there in the name of the user that it has logged on itself.
  const headers = accounts.flatMap((account) => {
    const credentials = Buffer.from(`${account.name}:${account.password}`).toString('base64');
    const quoted = remoteUsers(account).map((user) => user.replaceAll('\\', '\\\\\\\\'));
    return quoted.map((user) => `RequestHeader set Authorization "Basic ${credentials}" "expr=%{REMOTE_USER} == '${user}'"`);
  });
  writeFileSync(join(dir, 'logons.conf'), `${headers.join('\n')}\n`, { mode: 0o600 });
  return `
Listen 127.0.0.1:${port}
LogFormat "%m %U %>s %u %k" logons
CustomLog access.log logons
SSLEngine on
SSLCertificateFile server.pem
SSLCertificateKeyFile server.key
SSLProxyEngine on
SSLProxyVerify require
SSLProxyCACertificateFile ${caFile}
ProxyPass / ${origin}/
${more}
<Location />
  AuthType GSSAPI
  ${gssapi(dir).join('\n  ')}
  Require valid-user
  RequestHeader unset Authorization
  Include logons.conf
</Location>
`;
}
