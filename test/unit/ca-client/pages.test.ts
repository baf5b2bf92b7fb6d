import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classifySubmission, classifyUnavailable, isPage, readRenewals, readTemplates } from '../../../src/ca-client/pages.js';
import { chinese, denied, english, errorPage, french, issuedLinks, issuedScript, page, pending } from './page-samples.js';

const DISPOSITION =
  'Denied by Policy Module  0x80094800, The requested certificate template is not supported by this CA.\r\n0x80094800 (-2146875392): SmartcardUser.\r\n';
const languages = { english, french, chinese };
type Language = keyof typeof languages;
const everyLanguage = Object.keys(languages) as Language[];

describe('a submission that was', () => {
  test('issued is recognised by the links on the page', () => {
    expect(classifySubmission(issuedLinks(83))).toEqual({ state: 'issued', requestId: '83' });
  });

  test('issued is recognised by the script that browsers get', () => {
    expect(classifySubmission(issuedScript(84))).toEqual({ state: 'issued', requestId: '84' });
  });

  test.each(everyLanguage)('left pending is recognised in %s', (language) => {
    expect(classifySubmission(pending(languages[language], 89))).toEqual({ state: 'pending', requestId: '89' });
  });

  test.each(everyLanguage)('denied is recognised in %s, with id, code and words', (language) => {
    const state = classifySubmission(denied(languages[language], 90, DISPOSITION));
    expect(state).toMatchObject({ state: 'denied', requestId: '90', hresult: '0x80094800' });
    expect(state).toHaveProperty('message', expect.stringMatching(/^Denied by Policy Module 0x80094800, .*SmartcardUser\.$/));
  });

  test('denied is recognised with quotes as entities and attributes in quotes', () => {
    const html = page(
      `<p class="x" id="locDenied">No.</p>`,
      `<p id='locInfoReqIDandReason'>Your Request Id is 7. The disposition message is &quot;Denied &amp; done&quot;</p>`,
    );
    expect(classifySubmission(html)).toEqual({ state: 'denied', requestId: '7', message: 'Denied & done' });
  });

  test('denied stays denied when the page has a download link as well', () => {
    const html = `${denied(english, 5, 'no')}<A Href="certnew.cer?ReqID=4&amp;Enc=bin">an older one</A>`;
    expect(classifySubmission(html)).toMatchObject({ state: 'denied', requestId: '5' });
  });

  test('answered by an error page is an error with its code', () => {
    const html = errorPage('Error Parsing Request', 'The request is not correctly formatted. 0x8009310b (ASN: 267)');
    expect(classifySubmission(html)).toMatchObject({ state: 'error', hresult: '0x8009310B' });
  });

  test('answered by an error page without a code is an error without one', () => {
    const state = classifySubmission(errorPage('(never set)', 'The operation completed successfully. 0x00000000 (WIN32: 0)'));
    expect(state).toMatchObject({ state: 'error' });
    expect(state).not.toHaveProperty('hresult');
  });
});

describe('ids and codes', () => {
  test('in a script or a comment are not seen', () => {
    const html = page('<!-- <P ID=locDenied> -->', '<script>var x="<P ID=locInfoReqID> 5 <P>";</script>', '<P>Welcome');
    expect(classifySubmission(html)).toEqual({ state: 'unknown' });
  });

  test('that only begin with a known name are not taken for it', () => {
    expect(classifySubmission(page('<P ID=locInfoReqIDs> 12 <P>'))).toEqual({ state: 'unknown' });
  });

  test('are found whatever their case', () => {
    expect(classifySubmission(page('<p id=LOCINFOREQID> no 12 <p>'))).toEqual({ state: 'pending', requestId: '12' });
  });
});

describe('a page without ids', () => {
  test('is understood when it says pending in English', () => {
    expect(classifySubmission('<html><h1>Certificate Pending</h1>Your Request Id is 11.</html>')).toEqual({
      state: 'pending',
      requestId: '11',
    });
  });

  test('is understood when it quotes a disposition in English', () => {
    expect(classifySubmission('<html>The disposition message is "Denied by CONTOSO\\admin"</html>')).toEqual({
      state: 'denied',
      message: 'Denied by CONTOSO\\admin',
    });
  });

  test.each(['', 'hello', '<html></html>', '<html>502 Bad Gateway</html>', '\u0000\ufffd'])(
    'that says nothing known is unknown: %j',
    (html) => {
      expect(classifySubmission(html)).toEqual({ state: 'unknown' });
    },
  );
});

describe('a page that was cut', () => {
  test.each([
    ['issued', issuedLinks(8345), '8345'],
    ['issued in a script', issuedScript(8345), '8345'],
    ['pending', pending(english, 8345), '8345'],
    ['pending in French', pending(french, 8345), '8345'],
    ['denied', denied(english, 8345, DISPOSITION), '8345'],
  ])('anywhere never gives another state or id: %s', (_, html, id) => {
    const whole = classifySubmission(html);
    for (let length = 0; length < html.length; length++) {
      const state = classifySubmission(html.slice(0, length));
      expect(['unknown', whole.state]).toContain(state.state);
      if ('requestId' in state) expect(state.requestId).toBe(id);
    }
  });
});

test('any text gets an answer, and a hostile one gets it soon', () => {
  const piece = fc.constantFrom(
    '<P ID=locDenied>',
    '<P ID=locInfoReqID>',
    '<script>',
    '</script>',
    '<!--',
    '-->',
    '0x80094800',
    '"',
    '&#x',
    '12',
    '<',
    '>',
    'certnew.cer?ReqID=',
  );
  const hostile = fc.array(fc.oneof(piece, fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 60 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(hostile, (html) => {
      expect(['issued', 'pending', 'denied', 'error', 'unknown']).toContain(classifySubmission(html).state);
      expect(['pending', 'not-found', 'denied']).toContain(classifyUnavailable(html).state);
      readTemplates(html);
      readRenewals(html);
    }),
    { numRuns: 500 },
  );
});

test.each([
  '<script',
  '<!--',
  '<P ID=',
  '<option value="E;',
  '"',
  '&#',
  '<',
  ' ',
  'certnew.cer?ReqID=1',
  'disposition message is "',
  '0x8',
])('1 MiB of %j is read in linear time', (piece) => {
  const html = piece.repeat(Math.floor((1024 * 1024) / piece.length));
  const small = html.slice(0, html.length / 16);
  classifySubmission(small);
  const cost = (text: string) => {
    const before = process.cpuUsage();
    classifySubmission(text);
    classifyUnavailable(text);
    readTemplates(text);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const unit = Math.max(cost(small), 5000);
  expect(cost(html)).toBeLessThan(unit * 100);
});

describe('a page in the place of a certificate', () => {
  test('without a code means that the request still waits', () => {
    expect(classifyUnavailable(errorPage('Taken Under Submission', '0x0 (WIN32: 0)'))).toEqual({ state: 'pending' });
  });

  test('in another language means the same', () => {
    expect(classifyUnavailable(errorPage('Prise en compte pour soumission', '0x0'))).toEqual({ state: 'pending' });
  });

  test('with the code for a state that forbids it means that the request still waits', () => {
    expect(classifyUnavailable(errorPage('x', '0x80094003 (-2146877437)'))).toEqual({ state: 'pending' });
  });

  test('with the code for an empty property means that there is no such request', () => {
    expect(classifyUnavailable(errorPage('The requested property value is empty.', '0x80094004'))).toEqual({ state: 'not-found' });
  });

  test('with any other code means denied', () => {
    expect(classifyUnavailable(errorPage('Denied by Policy Module', '0x80094800'))).toMatchObject({
      state: 'denied',
      hresult: '0x80094800',
    });
  });

  test('without a code that says denied in English means denied', () => {
    expect(classifyUnavailable(errorPage('Denied by CONTOSO\\admin', '0x0'))).toMatchObject({ state: 'denied' });
  });
});

describe('a body', () => {
  test.each([
    ['<HTML>', true],
    ['\r\n <!DOCTYPE html>', true],
    ['\u00ef\u00bb\u00bf<html>', true],
    ['-----BEGIN CERTIFICATE-----', false],
    ['0\u0082', false],
    ['', false],
  ])('%j: is it a page? %s', (text, expected) => {
    expect(isPage(Buffer.from(text, 'latin1'))).toBe(expected);
  });
});

describe('templates', () => {
  test('are the options that begin with E, with their display names', () => {
    const html = page(
      '<Select Name=lbCertTemplate>',
      '<Option Value="E;SmartcardUser;1;3;1;0;"> Smartcard User',
      '<OPTION VALUE="E;CorpLogon;2;;"> Corp &amp; Logon',
      '<Option Value="O;Other;1"> Offline',
      '<Option Value="E;SmartcardUser;1;"> Smartcard User',
      '</Select>',
    );
    expect(readTemplates(html)).toEqual([
      { name: 'SmartcardUser', displayName: 'Smartcard User' },
      { name: 'CorpLogon', displayName: 'Corp & Logon' },
    ]);
  });

  test('are none on any other page', () => {
    expect(readTemplates(issuedLinks(1))).toEqual([]);
  });
});

test.each([
  ['var nRenewals=3;', 3],
  ['var nRenewals = 0;', 0],
  ['nothing', undefined],
])('the number of renewals in %j is %s', (html, expected) => {
  expect(readRenewals(html)).toBe(expected);
});
