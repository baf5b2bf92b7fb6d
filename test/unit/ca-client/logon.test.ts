import { expect, test } from 'vitest';
import { logonError } from '../../../src/ca-client/logon.js';
import type { LogonTry } from '../../../src/http/auth/scheme.js';
import { Secret } from '../../../src/secret.js';

type Scheme = 'auto' | 'basic' | 'ntlm';

function errorOf(scheme: Scheme, offer: string, tried: Partial<LogonTry>[] = []) {
  const auth = { scheme, user: 'LAB\\alice', password: new Secret('open sesame 7') };
  const logon = tried.map((each) => ({ scheme: 'ntlm', ended: 'refused', ...each }) as LogonTry);
  return logonError('ca.lab.test:8443', auth, { headers: { 'www-authenticate': offer }, logon });
}

test.each<[Scheme, string, Partial<LogonTry>[], string, string, string]>([
  ['basic', 'NTLM, Basic realm="ca"', [], 'LOGON_REFUSED', 'does not accept the name or the password of LAB\\alice', 'check the password'],
  ['basic', 'Negotiate, NTLM', [], 'LOGON_UNSUPPORTED', 'offers Negotiate and NTLM, but not Basic', '--auth ntlm'],
  ['auto', 'Basic realm="ca"', [], 'LOGON_UNSUPPORTED', 'offers Basic, but not NTLM', '--auth basic'],
  ['ntlm', 'Bearer', [], 'LOGON_UNSUPPORTED', 'offers Bearer, but not NTLM', 'Windows authentication'],
  ['ntlm', '', [], 'LOGON_UNSUPPORTED', 'names no way to log on', 'Windows authentication'],
  ['auto', 'Negotiate', [{ ended: 'ignored' }], 'LOGON_UNSUPPORTED', 'does not go on with NTLM: it is blocked there', 'only Kerberos'],
  ['auto', 'NTLM, Basic realm="ca"', [{ ended: 'ignored' }], 'LOGON_UNSUPPORTED', 'it is blocked there', '--auth basic'],
  ['ntlm', 'NTLM', [{ ended: 'cut' }], 'LOGON_UNSUPPORTED', 'is closed in the middle of the logon', 'connections kept'],
  ['ntlm', 'NTLM', [{ ended: 'cut', proxy: 'proxy:3128' }], 'LOGON_UNSUPPORTED', 'is closed', 'proxy:3128 (NO_PROXY)'],
  ['ntlm', 'NTLM', [{}], 'LOGON_REFUSED', 'does not accept the name or the password of LAB\\alice', 'Extended Protection'],
  ['ntlm', 'NTLM', [{ proxy: 'proxy:3128' }], 'LOGON_REFUSED', 'does not accept', 'go round the proxy proxy:3128'],
  ['ntlm', 'NTLM', [{ serverName: 'CA1.lab.test' }], 'LOGON_REFUSED', 'does not accept', 'no SPN for ca.lab.test'],
  ['ntlm', 'NTLM', [{ serverName: 'CA.lab.test' }], 'LOGON_REFUSED', 'does not accept', 'Extended Protection'],
  ['ntlm', 'NTLM', [{ knownUser: true }], 'LOGON_REFUSED', 'knows LAB\\alice, but does not let this account on', 'administrator'],
])('--auth %s where %j is offered, and the outcome is %j: %s', (scheme, offer, tried, code, message, hint) => {
  const error = errorOf(scheme, offer, tried);
  expect(error.code).toBe(code);
  expect(error.message).toContain(message);
  expect(error.message).toContain('ca.lab.test');
  expect(error.hint).toContain(hint);
  expect(error.details.requestSent).toBe(false);
  if (tried.length > 0) expect(error.details.tried).toEqual(['ntlm']);
});
