/** The request for a token as it goes out, in both versions of WS-Trust. */
import { describe, expect, it } from 'vitest';
import type { TrustVersion } from '../../../../src/sign-in/ws-trust/namespaces.js';
import { newMessage, type TokenRequest, usernameToken } from '../../../../src/sign-in/ws-trust/request.js';
import { descendants, parseXml, textOf } from '../../../../src/sign-in/xml.js';
import { NOW, PASSWORD, REALM, STS } from '../../../support/ws-trust-service.js';

function requestTo(version: TrustVersion, realm = REALM): TokenRequest {
  const url = new URL(`${STS}/adfs/services/trust/${version}/usernamemixed`);
  return { endpoint: { kind: 'usernamemixed', version, hash: 'sha1', url }, realm, now: NOW };
}

function texts(envelope: string, ...names: string[]): (string | undefined)[] {
  const { root } = parseXml(envelope, 'this test');
  return names.flatMap((name) => descendants(root, name).map(textOf));
}

describe('a request for a token', () => {
  it('is one of WS-Trust 1.3', () => {
    const envelope = newMessage(requestTo('13')).withCredentials();
    const trust = 'http://docs.oasis-open.org/ws-sx/ws-trust/200512';
    expect(texts(envelope, 'Action', 'KeyType', 'RequestType', 'TokenType')).toEqual([
      `${trust}/RST/Issue`,
      `${trust}/Bearer`,
      `${trust}/Issue`,
      'urn:oasis:names:tc:SAML:1.0:assertion',
    ]);
    expect(texts(envelope, 'To', 'AppliesTo')).toEqual([`${STS}/adfs/services/trust/13/usernamemixed`, REALM]);
    expect(parseXml(envelope, 'this test').root.namespaceURI).toBe('http://www.w3.org/2003/05/soap-envelope');
  });

  it('is one of February 2005', () => {
    const trust = 'http://schemas.xmlsoap.org/ws/2005/02/trust';
    expect(texts(newMessage(requestTo('2005')).withCredentials(), 'Action', 'KeyType', 'RequestType')).toEqual([
      `${trust}/RST/Issue`,
      'http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey',
      `${trust}/Issue`,
    ]);
  });

  it('has no security header when TLS proves who asks', () => {
    expect(texts(newMessage(requestTo('13')).withCredentials(), 'Security', 'Timestamp')).toEqual([]);
  });

  it('is good for five minutes and carries user name and password as they are', () => {
    const envelope = newMessage(requestTo('13')).withCredentials(usernameToken('a<b>&@lab.test', PASSWORD.secret));
    expect(texts(envelope, 'Created', 'Expires')).toEqual(['2026-02-03T04:05:06.000Z', '2026-02-03T04:10:06.000Z']);
    expect(texts(envelope, 'Username', 'Password')).toEqual(['a<b>&@lab.test', PASSWORD.secret.reveal()]);
  });

  it('cannot be changed by a realm that looks like markup', () => {
    const realm = 'x</a:Address></a:EndpointReference><evil/>"\'&amp;';
    const envelope = newMessage(requestTo('13', realm)).withCredentials();
    expect(texts(envelope, 'evil')).toEqual([]);
    expect(texts(envelope, 'AppliesTo')).toEqual([realm]);
  });
});
