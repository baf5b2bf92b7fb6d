/** The tokens of the practice organisation: judged by another library, and by its own rules. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SignedXml } from 'xml-crypto';
import { type Account, findAccount } from '../../../src/lab/accounts.js';
import { tokenResponse } from '../../../src/lab/adfs/pages.js';
import { encodeCertificate } from '../../../src/lab/encode.js';
import { createFederation } from '../../../src/lab/federation.js';
import { issueSecurityToken, type TokenOrder, verifySecurityToken } from '../../../src/lab/security-token.js';
import { selfSigned } from '../../../src/x509/issue-certificate.js';

const NOW = new Date('2026-05-01T12:00:00Z');
const MINUTE = 60_000;
const alice = findAccount('LAB\\alice') as Account;
const sites = { pool: 'https://pool.lab.test', sts: 'https://sts.lab.test', certificateHost: 'https://certauth.sts.lab.test' };
const federation = createFederation(sites, newSigner());
const audience = federation.relyingParty.identifier;

function newSigner() {
  const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const certificate = selfSigned({ subject: 'CN=signing', notBefore: NOW, notAfter: new Date(NOW.getTime() + MINUTE) }, key);
  return { key, certificate };
}

function token(order: Partial<TokenOrder> = {}, from = federation): string {
  const whole = { audience, authenticationMethod: 'urn:ietf:rfc:2246', now: NOW, ...order };
  return tokenResponse(issueSecurityToken(from, alice, whole), whole.audience);
}

function verified(wresult: string, now = NOW, seen = new Set<string>()) {
  return verifySecurityToken(wresult, federation, { audience, now, seen });
}

describe('a token', () => {
  it('says who it is about, how they proved it, and until when', () => {
    expect(verified(token())).toEqual({
      sid: alice.sid,
      upn: alice.upn,
      authenticationMethod: 'urn:ietf:rfc:2246',
      notAfter: new Date(NOW.getTime() + 60 * MINUTE),
    });
    expect(verified(token({ withoutSid: true }))).not.toHaveProperty('sid');
  });

  it('has a signature that xml-crypto verifies', () => {
    const assertion = /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(token({ audience: 'https://a.test/?b=1&c="<é>"' }))?.[0] ?? '';
    const judge = new SignedXml({ publicCert: encodeCertificate(federation.signing.certificate), idAttribute: 'AssertionID' });
    judge.loadSignature(/<ds:Signature[\s\S]*<\/ds:Signature>/.exec(assertion)?.[0] ?? '');

    expect(judge.checkSignature(assertion)).toBe(true);
    expect(judge.getSignedReferences()[0]).toContain(alice.sid);
  });
});

describe('a token is refused', () => {
  it.each<[string, (wresult: string) => string, string]>([
    ['that was changed', (xml) => xml.replace('alice@lab.test', 'bob@lab.test'), 'Assertion is not what was signed'],
    ['whose signature was changed', (xml) => xml.replace(/(<ds:SignatureValue>)..../, '$1AAAA'), 'the signature is not that of the key'],
    ['without a signature', (xml) => xml.replace(/<ds:Signature[\s\S]*<\/ds:Signature>/, ''), 'Assertion has no Signature'],
    [
      'with another assertion beside it',
      (xml) => xml.replace('<t:TokenType>', `${/<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(xml)?.[0]}<t:TokenType>`),
      'more than one assertion',
    ],
    ['that signs something else', (xml) => xml.replace(/Reference URI="#_/, 'Reference URI="#x'), 'the signature does not cover Assertion'],
    [
      'in another wrapper',
      (xml) => xml.replaceAll('http://schemas.xmlsoap.org/ws/2005/02/trust"', 'urn:other"'),
      'not in a RequestSecurityTokenResponse',
    ],
    ['with a document type', (xml) => `<!DOCTYPE x>${xml}`, 'document type'],
    ['that is no XML', () => 'nonsense', 'missing root element'],
  ])('%s', (_, change, reason) => {
    expect(() => verified(change(token()))).toThrow(reason);
  });

  it('of another signer, and of the same name', () => {
    expect(() => verified(token({}, createFederation(sites, newSigner())))).toThrow('the signature is not that of the key');
  });

  it('for another relying party', () => {
    expect(() => verified(token({ audience: 'https://other.test' }))).toThrow('the security token is for https://other.test');
  });

  it('before its time, after its hour, and the second time', () => {
    const seen = new Set<string>();
    const wresult = token();

    expect(() => verified(wresult, new Date(NOW.getTime() - 1))).toThrow('not valid yet');
    expect(() => verified(wresult, new Date(NOW.getTime() + 60 * MINUTE))).toThrow('has expired');
    verified(wresult, NOW, seen);
    expect(() => verified(wresult, NOW, seen)).toThrow('used before');
  });
});
