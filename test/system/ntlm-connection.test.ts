/** Logons by NTLM over real TLS connections, each judged by GSSAPI with the bindings of its server's certificate: the proof belongs to that connection. */
import { createHash, X509Certificate } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import type { HttpResponse } from '../../src/http/client.js';
import { Secret } from '../../src/secret.js';
import { startProxy } from '../support/connect-proxy.js';
import { testClient } from '../support/http-client.js';
import { createAuthority, type ServerIdentity } from '../support/loopback-https.js';
import { gssAcceptor, isBound, ntlmAuth, useGssAcceptor } from '../support/ntlm-judges.js';
import { type NtlmServer, startNtlmServer } from '../support/ntlm-server.js';

const account = { domain: 'LAB', user: 'alice', password: 'Passw0rd! 46' };
const authority = createAuthority();
const identity = authority.identity();
const acceptor = useGssAcceptor();

/** `bound`: whose certificate the judge takes for that of the connection. */
async function server(verdicts: string[], bound: ServerIdentity = identity): Promise<NtlmServer> {
  const started = await startNtlmServer({
    identity,
    judge: () => {
      const { begin, finish } = gssAcceptor(acceptor, [account], endPointOf(bound));
      return {
        challenge: begin,
        accepts: async (message) => {
          const verdict = await finish(message);
          verdicts.push(verdict);
          // As with Extended Protection: a logon that is not bound is none.
          return isBound(verdict, 'LAB\\alice');
        },
      };
    },
  });
  onTestFinished(() => started.close());
  return started;
}

/** RFC 5929 section 4, for a certificate that is signed with SHA-256. Not by the code that is tested. */
function endPointOf({ certificate }: ServerIdentity): Buffer {
  const { raw } = new X509Certificate(certificate);
  return Buffer.concat([Buffer.from('tls-server-end-point:'), createHash('sha256').update(raw).digest()]);
}

function ask(url: string, env: Record<string, string> = {}, password = account.password): Promise<HttpResponse> {
  const auth = { scheme: 'auto', user: 'LAB\\alice', password: new Secret(password) } as const;
  return testClient(authority, { env }).request({ method: 'POST', url: new URL(url), body: 'form', auth });
}

test('the proof is bound to the certificate of the very connection', async () => {
  const verdicts: string[] = [];
  const { url, bodies } = await server(verdicts);
  expect((await ask(url)).status).toBe(200);
  expect(verdicts).toEqual([expect.stringMatching(/^accepted 0x[0-9a-f]+ LAB\\alice$/)]);
  expect(bodies).toEqual(['form']);
});

test("Samba's ntlm_auth lets the same logon in, and no wrong password", async () => {
  const started = await startNtlmServer({
    identity,
    judge: () => {
      const { begin, finish } = ntlmAuth(account);
      return { challenge: begin, accepts: async (message) => (await finish(message)).startsWith('AF ') };
    },
  });
  onTestFinished(() => started.close());
  expect((await ask(started.url)).status).toBe(200);
  expect((await ask(started.url, {}, 'something else')).status).toBe(401);
});

test('it is so through a proxy, which only passes TLS on', async () => {
  const { url } = await server([]);
  const proxy = await startProxy();
  onTestFinished(() => proxy.stop());
  expect((await ask(url, { HTTPS_PROXY: proxy.url })).status).toBe(200);
});

test('a server whose TLS somebody else speaks for it refuses, and the body was not taken', async () => {
  const verdicts: string[] = [];
  const { url } = await server(verdicts, authority.identity());
  expect(await ask(url)).toMatchObject({ status: 401, logon: [{ scheme: 'ntlm', ended: 'refused' }] });
  expect(verdicts).toEqual([expect.stringMatching(/^refused /)]);
});

test('a wrong password is tried once', async () => {
  const verdicts: string[] = [];
  const { url } = await server(verdicts);
  expect(await ask(url, {}, 'something else')).toMatchObject({ status: 401, logon: [{ ended: 'refused' }] });
  expect(verdicts).toEqual([expect.stringMatching(/^refused /)]);
});
