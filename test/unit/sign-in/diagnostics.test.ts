/** Every signal by which a pool says no, and the sentence, hint and code that it becomes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LyncauthError } from '../../../src/errors.js';
import { type ErrorContext, poolError } from '../../../src/sign-in/diagnostics.js';
import { readDiagnostics } from '../../../src/sign-in/signals.js';

const NOW = new Date('2026-11-23T09:00:00Z');
const WHO = 'the pool at web.lab.test';

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
}

async function error({ status = 400, headers = {}, body = '' }: Answer, context: ErrorContext = {}): Promise<LyncauthError> {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return await poolError({ status, headers: { date: NOW.toUTCString(), ...headers }, body: bytes }, WHO, { now: NOW, ...context });
}

const diagnostics = (id: number, reason = 'Because.') => ({ 'x-ms-diagnostics': `${id};source="fe.lab.test";reason="${reason}"` });
const ucwa = (subcode: string, code = 'Conflict') => ({ code, subcode, message: 'So it is.' });
const soap = (inner: string) =>
  `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>${inner}</s:Fault></s:Body></s:Envelope>`;
const ocs = (id: string, reason: string) =>
  soap(
    `<faultcode xmlns:wsse="urn:wsse">wsse:FailedAuthentication</faultcode><faultstring>Failed.</faultstring><detail>` +
      `<OCSDiagnosticsFault xmlns="urn:component:Microsoft.Rtc.WebAuthentication.2010"><Ms-Diagnostics-Fault><ErrorId>${id}</ErrorId><Reason>${reason}</Reason></Ms-Diagnostics-Fault></OCSDiagnosticsFault></detail>`,
  );

describe('each signal becomes a sentence', () => {
  test.each<[string, Answer, ErrorContext, string, string]>([
    [
      '28000',
      { status: 403, headers: diagnostics(28000) },
      { proof: 'token' },
      'NOT_ENABLED',
      'not enabled for Lync (it says: Because, 28000)',
    ],
    [
      '28000 in a SOAP fault',
      { status: 500, body: ocs('28000', 'User is not SIP enabled.') },
      {},
      'NOT_ENABLED',
      '(it says: User is not SIP enabled, 28000)',
    ],
    ['28001', { status: 500, headers: diagnostics(28001) }, {}, 'SERVER_ERROR', 'failed in its Windows authentication'],
    ['28020', { headers: diagnostics(28020) }, {}, 'SIGN_IN_REFUSED', 'found no valid ticket'],
    [
      '28020 in a SOAP fault',
      { status: 500, body: ocs(' 28020 ', 'No valid security token.') },
      {},
      'SIGN_IN_REFUSED',
      'or is for another server',
    ],
    ['28020 for a token', { status: 401, headers: diagnostics(28020) }, { proof: 'token' }, 'TOKEN_EXPIRED', 'does not accept the token'],
    [
      'what is wrong with a token',
      {
        status: 401,
        headers: {
          ...diagnostics(28020),
          'www-authenticate': 'Bearer client_id="x", error="invalid_token", error_description="It is old."',
        },
      },
      { proof: 'token' },
      'TOKEN_EXPIRED',
      '(it says: It is old, 28020)',
    ],
    [
      '28020 for a new token',
      { status: 401, headers: diagnostics(28020) },
      { proof: 'new token' },
      'TOKEN_EXPIRED',
      'the token that the pool has just issued',
    ],
    [
      'a redirect',
      { status: 302, headers: { location: 'https://portal.test:8443/?a=secret' } },
      {},
      'REDIRECT_REFUSED',
      'sends us elsewhere (status 302, to portal.test:8443)',
    ],
    [
      '28029',
      { headers: diagnostics(28029), body: { error: 'unsupported_grant_type' } },
      {},
      'METHOD_NOT_OFFERED',
      'this way of signing in',
    ],
    ['invalid_request', { body: { error: 'invalid_request' } }, {}, 'SERVER_ERROR', 'form of the request (it says: invalid_request)'],
    [
      'invalid_grant',
      { body: { error: 'invalid_grant', error_description: 'No.' } },
      {},
      'SIGN_IN_REFUSED',
      'refused the sign-in (it says: No)',
    ],
    [
      'invalid_grant for a password',
      { body: { error: 'invalid_grant' } },
      { proof: 'password' },
      'SIGN_IN_REFUSED',
      'the user name or the password',
    ],
    ['401 for a password', { status: 401 }, { proof: 'password' }, 'SIGN_IN_REFUSED', 'the user name or the password'],
    [
      'unsupported_grant_type for a password',
      { body: { error: 'unsupported_grant_type' } },
      { proof: 'password' },
      'METHOD_NOT_OFFERED',
      'does not allow',
    ],
    ['invalid_scope', { body: { error: 'invalid_scope' } }, {}, 'SERVER_ERROR', 'form of the request'],
    ['server_error', { body: { error: 'server_error' } }, {}, 'SERVER_ERROR', 'failed (it says: server_error)'],
    [
      'a disabled account',
      { status: 403, body: 'The account is disabled.' },
      { proof: 'token' },
      'ACCOUNT_DISABLED',
      'the account is disabled',
    ],
    [
      'a disabled account and a password',
      { body: { error: 'invalid_grant', error_description: 'The account is disabled.' } },
      { proof: 'password' },
      'ACCOUNT_DISABLED',
      '',
    ],
    ['a disabled account in a page', { status: 500, body: '<html><p>The account is disabled.</p></html>' }, {}, 'ACCOUNT_DISABLED', ''],
    [
      'AlreadyExists',
      { status: 409, body: ucwa('AlreadyExists') },
      { proof: 'token' },
      'SERVER_ERROR',
      'already has an application (it says: So it is)'.slice(0, 26),
    ],
    ['TooManyApplications', { status: 409, body: ucwa('TooManyApplications') }, { proof: 'token' }, 'SIGN_IN_REFUSED', 'too many places'],
    [
      'MakeMeAvailableRequired',
      { status: 409, body: ucwa('MakeMeAvailableRequired') },
      { proof: 'token' },
      'SERVER_ERROR',
      'presence to be published',
    ],
    [
      'ApplicationNotFound',
      { status: 404, body: ucwa('ApplicationNotFound', 'NotFound') },
      { proof: 'token' },
      'NOT_SIGNED_IN',
      'has ended the session',
    ],
    [
      'InactiveApplicationExpired',
      { status: 404, body: ucwa('InactiveApplicationExpired', 'NotFound') },
      {},
      'NOT_SIGNED_IN',
      'has ended the session',
    ],
    ['410', { status: 410 }, {}, 'NOT_SIGNED_IN', 'has ended the session (status 410)'],
    ...[401, 403, 404, 410].map((status): [string, Answer, ErrorContext, string, string] => [
      `${status} for a token, without a word of the pool`,
      { status, body: '<html>Blocked</html>', headers: { 'www-authenticate': 'NTLM' } },
      { proof: 'token' },
      'SERVER_ERROR',
      `what answered is not the pool, but something before it, such as a proxy (status ${status})`,
    ]),
    [
      'a token of somebody else',
      { status: 403, body: ucwa('AuthorizationFailed', 'Forbidden') },
      { proof: 'token' },
      'SIGN_IN_REFUSED',
      '(it says: So it is)',
    ],
    [
      'a token that has ended',
      { status: 401, headers: { 'www-authenticate': 'MsRtcOAuth href="https://web.lab.test/t"' } },
      { proof: 'token' },
      'TOKEN_EXPIRED',
      'it has ended, was withdrawn, or is for another server',
    ],
    [
      'a token of another server',
      { status: 403, headers: diagnostics(28020) },
      { proof: 'token' },
      'TOKEN_EXPIRED',
      'is for another server',
    ],
    [
      'a SOAP 1.1 fault',
      { status: 500, body: soap('<faultcode>wsse:FailedAuthentication</faultcode><faultstring>Nein.</faultstring>') },
      {},
      'SIGN_IN_REFUSED',
      '(it says: Nein)',
    ],
    [
      'a SOAP 1.2 fault',
      {
        status: 500,
        body: soap(
          '<s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>a:InvalidSecurityToken</s:Value></s:Subcode></s:Code><s:Reason><s:Text>MSIS3127</s:Text></s:Reason>',
        ),
      },
      {},
      'SIGN_IN_REFUSED',
      'found no valid ticket: it is missing, has ended, or is for another server (it says: MSIS3127)',
    ],
    ['429', { status: 429, headers: { 'retry-after': '30' } }, {}, 'SERVER_ERROR', 'is busy (status 429)'],
    ['500', { status: 500, body: '<html>oops</html>' }, {}, 'SERVER_ERROR', 'failed (status 500)'],
    ['404', { status: 404, body: 'x' }, {}, 'SERVER_ERROR', 'has no such service'],
    ['302', { status: 302 }, {}, 'REDIRECT_REFUSED', 'sends us elsewhere (status 302)'],
    ['200', { status: 200 }, {}, 'SERVER_ERROR', 'makes no sense here'],
  ])('%s', async (_, answer, context, code, words) => {
    const made = await error(answer, context);
    expect(made).toMatchObject({ code, message: expect.stringContaining(words), details: { status: answer.status ?? 400 } });
    expect(made.message).toMatch(/^the pool at web\.lab\.test [a-z]/);
    expect(made.message).not.toMatch(/\.$/);
    expect(made.hint).toBeTruthy();
  });

  test('with the number, the source and the reason in the details', async () => {
    expect((await error({ headers: diagnostics(28020, 'No valid security token.') })).details).toEqual({
      status: 400,
      diagnosticsId: 28020,
      source: 'fe.lab.test',
      serverReason: 'No valid security token.',
    });
  });

  test('the server may say how long to wait', async () => {
    expect((await error({ status: 503, headers: { 'retry-after': '30' } })).hint).toBe('try again in 30 seconds');
    expect((await error({ status: 503, headers: { 'retry-after': 'Mon, 23 Nov 2026 09:00:00 GMT' } })).hint).toBe(
      'wait a few minutes, then try again',
    );
  });
});

describe('the clock', () => {
  const at = (offsetMinutes: number) => ({ date: new Date(NOW.getTime() + offsetMinutes * 60_000).toUTCString() });
  const refused = (offset: number) => error({ headers: { ...diagnostics(28020, 'Expired.'), ...at(offset) } });

  test.each([
    [
      12,
      "this computer's clock is 12 minutes behind that of the pool at web.lab.test, which refused the sign-in (it says: Expired, 28020)",
    ],
    [
      -180,
      "this computer's clock is 3 hours ahead of that of the pool at web.lab.test, which refused the sign-in (it says: Expired, 28020)",
    ],
    [
      60 * 24 * 400,
      "this computer's clock is 400 days behind that of the pool at web.lab.test, which refused the sign-in (it says: Expired, 28020)",
    ],
  ])('%i minutes away is to blame for a refusal', async (offset, message) => {
    expect(await refused(offset)).toMatchObject({ code: 'CLOCK_SKEW', message, details: { skewSeconds: offset * 60 } });
  });

  test('within five minutes is not', async () => {
    for (const offset of [-5, 0, 5]) expect((await refused(offset)).code).toBe('SIGN_IN_REFUSED');
  });

  test('is not blamed without a date, nor for what has another reason', async () => {
    expect((await error({ headers: { ...diagnostics(28020), date: 'gestern' } })).code).toBe('SIGN_IN_REFUSED');
    expect((await error({ headers: { ...diagnostics(28000), ...at(60) } })).code).toBe('NOT_ENABLED');
    expect((await error({ headers: at(60), body: 'The account is disabled.' })).code).toBe('ACCOUNT_DISABLED');
    expect((await error({ headers: at(60), body: { error: 'invalid_grant' } }, { proof: 'password' })).code).toBe('SIGN_IN_REFUSED');
    expect((await error({ status: 500, headers: at(60) })).code).toBe('SERVER_ERROR');
  });
});

describe('the diagnostics header', () => {
  test.each([
    ['28020;source="a";reason="b \\"c\\"; d";faultcode="x"', { id: 28020, source: 'a', reason: 'b "c"; d' }],
    ['28020 ; reason=No valid token; source=fe', { id: 28020, source: 'fe', reason: 'No valid token' }],
    ['28020', { id: 28020 }],
    ['x28020;reason="b"', { reason: 'b' }],
    ['99999999999999999999;reason="b"', { reason: 'b' }],
    ['', {}],
  ])('%s', (header, expected) => {
    expect(readDiagnostics(header)).toEqual(expected);
  });

  test('of any length is read at once', () => {
    for (const unit of [';a=', ';a="', '\\"', ';', ';a', ' ', '1']) readDiagnostics(`28020;${unit.repeat(500_000)}`);
  });
});

describe('whatever a server sends', () => {
  test('its words are one short line without anything that a terminal obeys', async () => {
    const made = await error({ headers: { 'x-ms-diagnostics': `28020;reason="\u001b[31m\u202eevil\r\n${'x'.repeat(4000)}"` } });
    expect(made.message).toMatch(/\(it says: \[31m evil x+…, 28020\)$/);
    expect(made.message.length).toBeLessThan(350);
  });

  test('there is a typed error, at once', async () => {
    const text = fc.oneof(
      fc.json(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        soap('<detail>'.repeat(20_000)),
        `<!DOCTYPE x>${soap('')}`,
        soap('&a;'),
        '{"error":{"a":1}}',
        '[]',
        '{"error":["invalid_grant"]}',
        '{"error":"constructor"}',
      ),
    );
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 100, max: 599 }), fc.string({ unit: 'binary' }), async (body, status, header) => {
        const made = await error({ status, body, headers: { 'x-ms-diagnostics': header, date: header, 'retry-after': header } });
        return made instanceof LyncauthError && made.message.length < 700 && made.hint !== undefined;
      }),
    );
  });
});
