/** Which failures are about the place where AD FS asks for the certificate, and which only happen there. */
import { expect, test } from 'vitest';
import { type ErrorCode, LyncauthError } from '../../../src/errors.js';
import { createTimeBudget } from '../../../src/http/time-budget.js';
import { certificateHostFailure } from '../../../src/sign-in/certificate-host.js';
import { isOtherWay } from '../../../src/sign-in/method-failures.js';
import { failure } from '../../support/failure.js';

const url = new URL('https://sts.lab.test:49443/adfs/ls/');

test.each<ErrorCode>(['NETWORK', 'TIMEOUT'])('%s on the way to it names the port that a firewall may close', (code) => {
  const error = certificateHostFailure(new LyncauthError(code, 'sts.lab.test:49443 does not answer'), url);
  expect(error).toMatchObject({
    code,
    message: 'where AD FS asks for the certificate, sts.lab.test:49443 does not answer',
    hint: expect.stringContaining('port 49443 of sts.lab.test is open'),
    details: { certificateHost: 'sts.lab.test:49443' },
  });
  expect(isOtherWay(error)).toBe(true);
});

test('the time of the whole sign-in being used up is no fault of its port, and no other way has more', async () => {
  const used = await failure(createTimeBudget(0).spend(url, async () => {}));
  const error = certificateHostFailure(used, url);
  expect(error).toBe(used);
  expect(error.message).not.toContain('certificate');
  expect(error.hint).toContain('--timeout');
  expect(isOtherWay(error)).toBe(false);
});

test.each<ErrorCode>(['CERTIFICATE_NOT_ACCEPTED', 'CLIENT_CERTIFICATE_REFUSED', 'INTERRUPTED'])('%s is left as it is', (code) => {
  const error = new LyncauthError(code, 'no');
  expect(certificateHostFailure(error, url)).toBe(error);
});
