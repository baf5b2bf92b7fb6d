import { expect, test } from 'vitest';
import { fileTime, lmv2Response, ntlmv2Key, ntlmv2Response } from '../../../../src/http/auth/ntlmv2.js';
import { Secret } from '../../../../src/secret.js';
import { sample } from './sample.js';

const input = { ...sample, timestamp: sample.time };

test('the key of the sample of MS-NLMP is made of its password; the letters of the user name count in capitals', () => {
  const password = new Secret(sample.password);
  expect(ntlmv2Key(sample.user, sample.domain, password)).toEqual(sample.key);
  expect(ntlmv2Key('uSER', sample.domain, password)).toEqual(sample.key);
  expect(ntlmv2Key(sample.user, 'DOMAIN', password)).not.toEqual(sample.key);
});

test('letters without a capital of their own stay as they are', () => {
  const password = new Secret(sample.password);
  expect(ntlmv2Key('weiß-é', '', password)).toEqual(ntlmv2Key('WEIß-É', '', password));
  expect(ntlmv2Key('weiß-é', '', password)).not.toEqual(ntlmv2Key('WEISS-É', '', password));
});

test('response and session key are those of the sample', () => {
  const { response, sessionKey } = ntlmv2Response(input);
  expect(response.toString('hex')).toBe(Buffer.concat([sample.proof, sample.temp]).toString('hex'));
  expect(sessionKey).toEqual(sample.sessionKey);
  expect(lmv2Response(input)).toEqual(sample.lmResponse);
});

test('time is counted from 1601 in units of 100 ns', () => {
  expect(fileTime(new Date('1601-01-01T00:00:00Z'))).toEqual(Buffer.alloc(8));
  expect(fileTime(new Date('1970-01-01T00:00:00.001Z')).readBigUInt64LE()).toBe(116_444_736_000_010_000n);
});
