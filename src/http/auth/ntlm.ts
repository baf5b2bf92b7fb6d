/** Logging on by NTLM version 2 with message integrity and channel binding. Keeps no connection, sends nothing. */
import { randomBytes } from 'node:crypto';
import type { Secret } from '../../secret.js';
import { splitAccount } from './account-name.js';
import { AV, answerPairs, writeAvPairs } from './av-pairs.js';
import { channelBindingHash, serverEndPoint } from './channel-binding.js';
import { authenticateMessage, negotiateMessage, readChallenge, withIntegrity } from './ntlm-messages.js';
import { fileTime, lmv2Response, messageIntegrity, ntlmv2Key, ntlmv2Response } from './ntlmv2.js';
import type { Conversation, LogonScheme } from './scheme.js';

export interface NtlmAccount {
  /** `DOMAIN\user`, user@domain, or a user of the server's own domain. */
  user: string;
  password: Secret;
}

export interface AuthenticateInput extends NtlmAccount {
  /** The message that began the logon. */
  negotiate: Buffer;
  /** The server's answer to it. */
  challenge: Buffer;
  /** `HTTP/ca.contoso.test`. */
  targetName: string;
  /** Application data of the channel binding, of {@link serverEndPoint}. */
  endPoint: Buffer | undefined;
  now: Date;
  /** 8 random bytes. */
  clientChallenge: Buffer;
}

/** NTLM, under its own name or as what a server takes in the place of Negotiate (MS-NTHT section 2.1). */
export function ntlmScheme(account: NtlmAccount): LogonScheme {
  return { name: 'ntlm', offers: ['NTLM', 'Negotiate'], begin: (url) => converse(account, url) };
}

function converse(account: NtlmAccount, url: URL): Conversation {
  let negotiate: Buffer | undefined;
  let serverName: string | undefined;
  let done = false;
  return {
    get serverName() {
      return serverName;
    },
    next: async (challenge, certificate) => {
      if (done) return undefined;
      if (negotiate === undefined || challenge === undefined) {
        negotiate = negotiateMessage();
        return { token: negotiate, last: false };
      }
      done = true;
      serverName = readChallenge(challenge, url.host).targetInfo.get(AV.dnsComputer)?.toString('utf16le');
      const targetName = `HTTP/${url.hostname}`;
      const endPoint = certificate === undefined ? undefined : serverEndPoint(certificate);
      const clientChallenge = randomBytes(8);
      const token = authenticate({ ...account, negotiate, challenge, targetName, endPoint, now: new Date(), clientChallenge });
      return { token, last: true };
    },
  };
}

/**
 * The last message: the response to the challenge, bound to the connection, and a MIC over all three messages.
 *
 * @throws LyncauthError LOGON_UNSUPPORTED for a challenge that is none
 */
export function authenticate(input: AuthenticateInput): Buffer {
  const { negotiate, challenge, endPoint, clientChallenge } = input;
  const { flags, serverChallenge, targetInfo } = readChallenge(challenge);
  const { user, domain } = splitAccount(input.user, targetInfo.get(AV.netbiosDomain)?.toString('utf16le') ?? '');
  const serverTime = targetInfo.get(AV.timestamp);
  const channelBindings = endPoint && channelBindingHash(endPoint);
  const proof = {
    key: ntlmv2Key(user, domain, input.password),
    serverChallenge,
    clientChallenge,
    timestamp: serverTime ?? fileTime(input.now),
    targetInfo: writeAvPairs(answerPairs(targetInfo, { targetName: input.targetName, channelBindings })),
  };
  const { response, sessionKey } = ntlmv2Response(proof);
  const message = authenticateMessage({
    flags,
    user,
    domain,
    // The name of this computer is nobody's business; servers that restrict workstations compare what the domain knows.
    workstation: '',
    lmResponse: serverTime === undefined ? lmv2Response(proof) : Buffer.alloc(24),
    ntResponse: response,
  });
  return withIntegrity(message, messageIntegrity(sessionKey, [negotiate, challenge, message]));
}
