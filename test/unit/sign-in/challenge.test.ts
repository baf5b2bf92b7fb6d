/** The header by which a pool asks for a token, in all the spellings that are known. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readChallenge, wantsWebTicket } from '../../../src/sign-in/challenge.js';

const TOKEN_URL = 'https://web.lab.test/WebTicket/oauthtoken';
const read = (header: string) => {
  const challenge = readChallenge({ 'www-authenticate': header });
  return challenge && { tokenUrl: challenge.tokenUrl.href, grants: challenge.grants };
};

describe('the challenge', () => {
  const all = { tokenUrl: TOKEN_URL, grants: ['urn:microsoft.rtc:windows', 'urn:microsoft.rtc:passive', 'password'] };
  const list = all.grants.join(',');

  test.each([
    ['quoted', `MsRtcOAuth href="${TOKEN_URL}",grant_type="${list}"`],
    ['with blanks', `MsRtcOAuth  href = "${TOKEN_URL}" , grant_type = "${list.replaceAll(',', ', ')}"`],
    ['unquoted', `MsRtcOAuth href=${TOKEN_URL},grant_type=${list}`],
    ['in another case and order', `msrtcoauth GRANT_TYPE="${list}", HREF=${TOKEN_URL}`],
    [
      'after others',
      `Bearer trusted_issuers="a,b", client_id="MsRtcOAuth", Negotiate, MsRtcOAuth href="${TOKEN_URL}",grant_type="${list}"`,
    ],
    ['before others', `MsRtcOAuth href=${TOKEN_URL},grant_type=${list}, Negotiate, Bearer href="https://evil.test/",grant_type="x"`],
    ['twice', `MsRtcOAuth href="${TOKEN_URL}",grant_type="${list}", MsRtcOAuth href="https://evil.test/",grant_type="x"`],
  ])('%s', (_, header) => {
    expect(read(header)).toEqual(all);
  });

  test('without grants offers none', () => {
    expect(read(`MsRtcOAuth href="${TOKEN_URL}"`)).toEqual({ tokenUrl: TOKEN_URL, grants: [] });
  });

  test.each([
    '',
    'Negotiate, NTLM',
    'MsRtcOAuth',
    'MsRtcOAuth href=""',
    'MsRtcOAuth href="/relative"',
    'MsRtcOAuth href="file:///etc/passwd"',
    'MsRtcOAuth href="https://alice:x@web.lab.test/"',
    `Bearer realm="MsRtcOAuth href=${TOKEN_URL}"`,
    `XMsRtcOAuth href="${TOKEN_URL}"`,
  ])('is not in %j', (header) => {
    expect(read(header)).toBeUndefined();
  });

  test('is found, or not, in anything, and at once', () => {
    const part = fc.constantFrom('MsRtcOAuth ', 'href=', '"', ',', ' ', '\\', '=', 'grant_type=', 'https://a.test/', 'Bearer ');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 200 }), (parts) => {
        const challenge = readChallenge({ 'www-authenticate': parts.join('') });
        return challenge === undefined || challenge.tokenUrl.protocol === 'https:';
      }),
    );
    for (const unit of ['a=', '"', 'a="', '\\"', ' ', 'a ', 'MsRtcOAuth ', ',']) read(`MsRtcOAuth ${unit.repeat(500_000)}`);
  });
});

test('a web ticket is asked for by a header of its own', () => {
  expect(wantsWebTicket({ 'x-ms-webticketurl': 'https://web.lab.test/WebTicket/WebTicketService.svc' })).toBe(true);
  expect(wantsWebTicket({})).toBe(false);
});
