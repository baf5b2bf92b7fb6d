/** Which of the things that can be thrown are about the network, and which are mistakes of ours. */
import { expect, test } from 'vitest';
import { exchangeFailure } from '../../../src/http/failure.js';

const exchange = { url: new URL('https://localhost:8443/'), requestSent: true };

test.each([
  new ReferenceError('serverName is not defined'),
  new TypeError('url.origin is not a function'),
  new RangeError('Invalid array length'),
  new SyntaxError('Unexpected token'),
])('a mistake of ours stays what it is: %s', (mistake) => {
  expect(() => exchangeFailure(mistake, exchange)).toThrow(mistake);
});

test.each([
  ['an error of Node in the same classes', Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL' })],
  ['an error that says nothing more', new Error('socket hang up')],
  ['several errors in one', new AggregateError([Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })])],
  ['what is no error', 'aborted'],
])('%s is about the network', (_, thrown) => {
  expect(exchangeFailure(thrown, exchange)).toMatchObject({ code: 'NETWORK', details: { requestSent: true } });
});
