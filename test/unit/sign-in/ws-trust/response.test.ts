/** Answers of a WS-Trust service: tokens, refusals, and what is neither. */
import { describe, expect, it } from 'vitest';
import { LyncauthError } from '../../../../src/errors.js';
import type { Proof } from '../../../../src/sign-in/ws-trust/fault.js';
import { readTokenResponse } from '../../../../src/sign-in/ws-trust/response.js';
import { wrapAsWresult } from '../../../../src/sign-in/ws-trust/wresult.js';
import { children, descendants, parseXml, textOf } from '../../../../src/sign-in/xml.js';
import { type Answer, ASSERTION, faultAnswer, NOW, REALM, STS, tokenAnswer } from '../../../support/ws-trust-service.js';

const url = new URL(`${STS}/adfs/services/trust/13/certificatemixed`);

function read({ status, body = '', headers = {} }: Answer, proof: Proof = 'card') {
  return readTokenResponse({ status, headers, body: Buffer.from(body) }, url, proof, NOW);
}

function refusal(answer: Answer, proof: Proof = 'card'): LyncauthError {
  try {
    read(answer, proof);
  } catch (error) {
    if (error instanceof LyncauthError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a token', () => {
  it.each(['2005', '13'] as const)('is taken out of an answer of WS-Trust %s', (version) => {
    const token = read({ status: 200, body: tokenAnswer(version) });
    expect(token.source.reveal()).toBe(ASSERTION);
    expect(token).toMatchObject({ created: '2026-02-03T04:05:00.000Z', expires: '2026-02-03T05:05:00.000Z' });
    expect(token.inherited.size).toBe(0);
    expect(String(token.source)).toBe('***');
  });

  it('goes on byte for byte, with comments, CDATA, references, odd blanks and line ends', () => {
    const odd = `<saml:Assertion\r\n  xmlns:saml = 'urn:oasis:names:tc:SAML:1.0:assertion'><!-- <saml:Assertion> --><saml:N>alice<!-- x -->@lab.test</saml:N><![CDATA[</saml:Assertion>]]>&#x41;&lt;é<saml:E></saml:E><saml:E/>\r\n</saml:Assertion >`;
    const token = read({ status: 200, body: tokenAnswer('13', odd) });
    expect(token.source.reveal()).toBe(odd);
    const wresult = wrapAsWresult(token, REALM, NOW).reveal();
    expect(wresult).toContain(`>${odd}</t:RequestedSecurityToken>`);
    expect(Buffer.from(wresult).includes(Buffer.from(odd))).toBe(true);
  });

  it('takes the prefixes along that were declared round it', () => {
    const bare = '<saml:Assertion x:y="1" xsi:type="q:T"><plain/><i:inner xmlns:i="urn:i"><i:more/></i:inner></saml:Assertion>';
    const outer = 'xmlns:saml="urn:saml" xmlns:x="urn:x" xmlns:q="urn:q" xmlns:xsi="urn:xsi" xmlns="urn:default" xmlns:unused="urn:unused"';
    const token = read({ status: 200, body: tokenAnswer('2005', bare, outer) });
    expect(Object.fromEntries(token.inherited)).toEqual({ saml: 'urn:saml', x: 'urn:x', q: 'urn:q', xsi: 'urn:xsi', '': 'urn:default' });
    const { root, sourceOf } = parseXml(wrapAsWresult(token, REALM, NOW).reveal(), 'this test');
    const [assertion] = descendants(root, 'Assertion');
    if (!assertion) throw new Error('no assertion');
    expect(sourceOf(assertion)).toBe(bare);
    expect(assertion.namespaceURI).toBe('urn:saml');
    expect(children(assertion, 'plain')[0]?.namespaceURI).toBe('urn:default');
  });

  it('is wrapped under another prefix when it means something else by ours', () => {
    const token = { ...read({ status: 200, body: tokenAnswer('13') }), inherited: new Map([['t', 'urn:other']]) };
    const { root } = parseXml(wrapAsWresult(token, REALM, NOW).reveal(), 'this test');
    expect(root.tagName).toBe('tt:RequestSecurityTokenResponse');
    expect(root.namespaceURI).toBe('http://schemas.xmlsoap.org/ws/2005/02/trust');
  });

  it('is wrapped as AD FS itself posts it, for the relying party that asked', () => {
    const { root } = parseXml(wrapAsWresult(read({ status: 200, body: tokenAnswer('13') }), 'urn:a&b', NOW).reveal(), 'this test');
    const text = (name: string) => textOf(descendants(root, name)[0]);
    expect(text('Address')).toBe('urn:a&b');
    expect(text('Created')).toBe('2026-02-03T04:05:00.000Z');
    expect(text('RequestType')).toBe('http://schemas.xmlsoap.org/ws/2005/02/trust/Issue');
    expect(text('KeyType')).toBe('http://schemas.xmlsoap.org/ws/2005/05/identity/NoProofKey');
  });

  it('that is encrypted for the pool goes on as it is', () => {
    const encrypted = '<xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#"><xenc:CipherData/></xenc:EncryptedData>';
    expect(read({ status: 200, body: tokenAnswer('13', encrypted) }).source.reveal()).toBe(encrypted);
  });

  it('gets a lifetime of one hour when none was told', () => {
    const token = read({ status: 200, body: tokenAnswer('13').replace(/<t:Lifetime>.*<\/t:Lifetime>/, '') });
    expect(wrapAsWresult(token, REALM, NOW).reveal()).toContain('>2026-02-03T05:05:06.000Z</wsu:Expires>');
  });
});

describe('a refusal', () => {
  it.each([
    ['FailedAuthentication', 'card', 'CERTIFICATE_NOT_ACCEPTED'],
    ['FailedAuthentication', 'password', 'SIGN_IN_REFUSED'],
    ['InvalidSecurity', 'card', 'SIGN_IN_REFUSED'],
    ['RequestFailed', 'card', 'SIGN_IN_REFUSED'],
    ['InvalidScope', 'password', 'SIGN_IN_REFUSED'],
  ] as const)('%s after a %s is %s, with the reason', (subcode, proof, code) => {
    const error = refusal({ status: 500, body: faultAnswer(subcode, 'ID3242: not authenticated') }, proof);
    expect(error).toMatchObject({ code, details: { fault: ['Sender', subcode], reason: 'ID3242: not authenticated' } });
    expect(error.message).toContain('ID3242: not authenticated');
    expect(error.hint).toBeDefined();
  });

  it('by a server in trouble is its failure', () => {
    expect(refusal({ status: 500, body: faultAnswer('RequestFailed', 'boom', 'Receiver') }).code).toBe('SERVER_ERROR');
  });

  it('that a wrong clock explains says so', () => {
    const headers = { date: new Date(NOW.getTime() + 11 * 60_000).toUTCString() };
    const error = refusal({ status: 500, body: faultAnswer('InvalidSecurity', 'expired'), headers });
    expect(error.code).toBe('CLOCK_SKEW');
    expect(error.message).toContain('11 minutes behind');
    expect(refusal({ status: 500, body: faultAnswer('FailedAuthentication', 'ID3242'), headers }).code).toBe('CERTIFICATE_NOT_ACCEPTED');
  });

  it('is shown without control characters and not at length', () => {
    const hostile = `&lt;script&gt;\u0085\u202e alert &#x9b;31m ${'x'.repeat(5000)}`;
    const { message } = refusal({ status: 500, body: faultAnswer('RequestFailed', hostile) });
    expect(message).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(message.length).toBeLessThan(400);
    expect(refusal({ status: 500, body: faultAnswer('RequestFailed', '<b>bold</b> <i/>text') }).message).toContain('bold text');
  });

  it.each([
    [204, '', 'CERTIFICATE_NOT_ACCEPTED'],
    [403, '<html><body>Forbidden</body></html>', 'CERTIFICATE_NOT_ACCEPTED'],
    [302, '', 'REDIRECT_REFUSED'],
    [404, '', 'SERVER_ERROR'],
    [503, 'Service Unavailable', 'SERVER_ERROR'],
    [200, '<!DOCTYPE html><html><head></head></html>', 'SERVER_ERROR'],
    [200, '{"error":"x"}', 'SERVER_ERROR'],
    [500, '<a/>', 'SERVER_ERROR'],
  ])('without SOAP (%i %s) is %s', (status, body, code) => {
    expect(refusal({ status, body }).code).toBe(code);
  });
});

describe('an answer that is hostile', () => {
  it.each([
    ['an entity bomb', `<!DOCTYPE x [<!ENTITY a "aa">]>${tokenAnswer('13')}`],
    ['100,000 levels', tokenAnswer('13', '<a>'.repeat(100_000))],
    ['no token', tokenAnswer('13', '')],
    ['two tokens', tokenAnswer('13', ASSERTION + ASSERTION)],
    ['something else for a token', tokenAnswer('13', '<b:BinarySecurityToken xmlns:b="urn:b">x</b:BinarySecurityToken>')],
    ['a token outside of the body', `<a>${ASSERTION}</a>`],
    ['a response of another kind', tokenAnswer('13').replaceAll('http://docs.oasis-open.org/ws-sx/ws-trust/200512', 'urn:other')],
    ['a token with an error status', ''],
  ])('is refused: %s', (what, body) => {
    const answer = what.endsWith('status') ? { status: 500, body: tokenAnswer('13') } : { status: 200, body };
    const error = refusal(answer);
    expect(error.code).toBe('SERVER_ERROR');
    expect(error.message).not.toContain('alice');
  });
});
