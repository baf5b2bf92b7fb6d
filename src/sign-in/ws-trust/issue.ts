/** Asks a WS-Trust endpoint for the token that the pool wants, with one kind of proof. It sends nothing before the trust rule has seen the host. */
import type { ClientIdentity } from '../../signer.js';
import { certificateHostFailure } from '../certificate-host.js';
import type { AccountPassword, MethodInput } from '../types.js';
import { isSecurityFault, type Proof, SERVICE } from './fault.js';
import type { Endpoint } from './mex.js';
import { newMessage, type TokenRequest, usernameToken } from './request.js';
import { readTokenResponse, type SecurityToken } from './response.js';
import { signedRequest } from './signed-request.js';

interface Posted {
  envelope: string;
  proof: Proof;
  /** Shown in TLS. */
  identity?: ClientIdentity;
}

/** certificatetransport: the TLS handshake proves who asks, and the message carries nothing. */
export async function issueByTransport(
  input: MethodInput,
  endpoint: Endpoint,
  realm: string,
  identity: ClientIdentity,
): Promise<SecurityToken> {
  const envelope = newMessage(requestOf(input, endpoint, realm)).withCredentials();
  try {
    return await post(input, endpoint, { envelope, proof: 'card', identity });
  } catch (error) {
    throw certificateHostFailure(error, endpoint.url);
  }
}

/** certificatemixed: the card signs the message. The certificate is named by reference first, and once by its hash when that is not taken. */
export async function issueBySignature(
  input: MethodInput,
  endpoint: Endpoint,
  realm: string,
  identity: ClientIdentity,
): Promise<SecurityToken> {
  const send = async (reference: 'direct' | 'thumbprint') => {
    const envelope = await signedRequest(requestOf(input, endpoint, realm), identity, reference);
    return await post(input, endpoint, { envelope, proof: 'card' });
  };
  try {
    return await send('direct');
  } catch (error) {
    if (!isSecurityFault(error)) throw error;
    input.log?.verbose(`${endpoint.url.host} did not accept the signed request; signing once more, with the certificate named by its hash`);
    return await send('thumbprint');
  }
}

/** usernamemixed: the name of the account and the password. */
export async function issueByPassword(
  input: MethodInput,
  endpoint: Endpoint,
  realm: string,
  { account, secret }: AccountPassword,
): Promise<SecurityToken> {
  const envelope = newMessage(requestOf(input, endpoint, realm)).withCredentials(usernameToken(account, secret));
  return await post(input, endpoint, { envelope, proof: 'password' });
}

function requestOf(input: MethodInput, endpoint: Endpoint, realm: string): TokenRequest {
  return { endpoint, realm, now: input.now() };
}

async function post(input: MethodInput, { url, service }: Endpoint, { envelope, proof, identity }: Posted): Promise<SecurityToken> {
  await input.trust.assertTrusted(service, SERVICE);
  const response = await input.http.request({
    method: 'POST',
    url,
    headers: { 'Content-Type': 'application/soap+xml; charset=utf-8', Accept: 'application/soap+xml' },
    body: envelope,
    // Beside the handshake it proves nothing, and may be sent once more.
    ...(identity === undefined ? {} : { identity, repeatable: true }),
  });
  return readTokenResponse(response, url, proof, input.now());
}
