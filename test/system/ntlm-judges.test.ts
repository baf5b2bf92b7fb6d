/** The messages of a logon by NTLM before judges that others wrote: the system's GSSAPI with channel bindings, and Samba. */
import { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { serverEndPoint } from '../../src/http/auth/channel-binding.js';
import { type AuthenticateInput, authenticate } from '../../src/http/auth/ntlm.js';
import { negotiateMessage } from '../../src/http/auth/ntlm-messages.js';
import { Secret } from '../../src/secret.js';
import { createAuthority } from '../support/loopback-https.js';
import { gssAcceptor, isBound, type NtlmJudge, ntlmAuth, useGssAcceptor } from '../support/ntlm-judges.js';

/** Of the message, where its MIC begins (MS-NLMP section 2.2.1.3). */
const MIC_AT = 72;

const account = { domain: 'LAB', user: 'alice', password: 'Pässw0rd €46' };
const authority = createAuthority();
const endPoint = endPointOf(authority.identity().certificate);
const acceptor = useGssAcceptor();

function endPointOf(pem: string): Buffer {
  return serverEndPoint(new X509Certificate(pem).raw);
}

/** The judge's verdict on our logon. @param change - of the last message, before the judge sees it */
async function verdict(
  judge: NtlmJudge,
  own: Partial<AuthenticateInput> = {},
  change: (message: Buffer) => void = () => {},
): Promise<string> {
  const negotiate = negotiateMessage();
  const message = authenticate({
    user: `${account.domain}\\${account.user}`,
    password: new Secret(account.password),
    negotiate,
    challenge: await judge.begin(negotiate),
    targetName: 'HTTP/localhost',
    endPoint,
    now: new Date(),
    clientChallenge: Buffer.from('0102030405060708', 'hex'),
    ...own,
  });
  change(message);
  return await judge.finish(message);
}

describe('an acceptor with the channel bindings of the connection', () => {
  const judge = () => gssAcceptor(acceptor, [account], endPoint);

  test('accepts the logon, and the channel is bound', async () => {
    const said = await verdict(judge());
    expect([said, isBound(said, 'LAB\\alice')]).toEqual([expect.stringMatching(/^accepted /), true]);
  });

  test.each([
    ['a wrong password', { password: new Secret('Passw0rd?') }],
    ["another server's certificate", { endPoint: endPointOf(authority.identity().certificate) }],
    ['a user that it does not know', { user: 'LAB\\mallory' }],
  ])('refuses %s', async (_, own) => {
    expect(await verdict(judge(), own)).toMatch(/^refused /);
  });

  test.each([0, 7, 15])('refuses a MIC of which one bit is flipped, in byte %d', async (index) => {
    const flip = (message: Buffer) => message.writeUInt8(message.readUInt8(MIC_AT + index) ^ 1, MIC_AT + index);
    expect(await verdict(judge(), {}, flip)).toMatch(/^refused /);
  });

  test('does not take a logon without a binding for a bound one', async () => {
    const said = await verdict(judge(), { endPoint: undefined });
    expect([said, isBound(said, 'LAB\\alice')]).toEqual([expect.stringMatching(/^accepted 0x[0-9a-f]+ LAB\\alice$/), false]);
  });
});

test('an acceptor without bindings accepts the logon; nothing is bound', async () => {
  const said = await verdict(gssAcceptor(acceptor, [account]));
  expect([said, isBound(said, 'LAB\\alice')]).toEqual([expect.stringMatching(/^accepted 0x[0-9a-f]+ LAB\\alice$/), false]);
});

test('a user principal name goes as it is, with no domain', async () => {
  const upn = { ...account, domain: '', user: 'alice@lab.test' };
  expect(await verdict(gssAcceptor(acceptor, [upn], endPoint), { user: 'alice@lab.test' })).toMatch(
    /^accepted 0x[0-9a-f]+ .*alice@lab\.test$/,
  );
});

describe("Samba's ntlm_auth", () => {
  test.each(['LAB\\alice', 'lab\\Alice', 'alice'])('accepts %s', async (user) => {
    expect(await verdict(ntlmAuth(account), { user })).toMatch(/^AF /);
  });

  test('refuses a wrong password', async () => {
    expect(await verdict(ntlmAuth(account), { password: new Secret('Passw0rd?') })).toMatch(/^NA .*LOGON_FAILURE/);
  });

  test('refuses a response of which one bit is flipped', async () => {
    const flip = (message: Buffer) => {
      const at = message.readUInt32LE(24);
      message.writeUInt8(message.readUInt8(at) ^ 1, at);
    };
    expect(await verdict(ntlmAuth(account), {}, flip)).toMatch(/^NA /);
  });
});
