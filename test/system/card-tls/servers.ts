/** The servers that keys are tried at: each program with each TLS version. For test.each: `%s with %s`. */
import { startApache } from '../../support/apache.js';
import { TLS_VERSIONS } from '../../support/client-auth.js';
import { startNginx } from '../../support/nginx.js';
import { startNode } from '../../support/node-server.js';

const programs = { nginx: startNginx, apache: startApache, Node: startNode };

export const servers = Object.entries(programs).flatMap(([name, start]) =>
  TLS_VERSIONS.map((protocol) => [name, protocol, start] as const),
);
