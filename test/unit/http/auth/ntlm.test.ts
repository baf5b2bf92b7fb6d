import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { LyncauthError } from '../../../../src/errors.js';
import { AV, readAvPairs, writeAvPairs } from '../../../../src/http/auth/av-pairs.js';
import { channelBindingHash } from '../../../../src/http/auth/channel-binding.js';
import { type AuthenticateInput, authenticate } from '../../../../src/http/auth/ntlm.js';
import { negotiateMessage, readChallenge } from '../../../../src/http/auth/ntlm-messages.js';
import { ntlmv2Key } from '../../../../src/http/auth/ntlmv2.js';
import { Secret } from '../../../../src/secret.js';
import { field, pairsIn, sample } from './sample.js';

const endPoint = Buffer.from('tls-server-end-point:0123456789abcdef0123456789abcdef');
const input: AuthenticateInput = {
  user: 'Domain\\User',
  password: new Secret(sample.password),
  negotiate: negotiateMessage(),
  challenge: sample.challenge,
  targetName: 'HTTP/server.test',
  endPoint,
  now: new Date('2026-11-23T12:00:00Z'),
  clientChallenge: sample.clientChallenge,
};

/** The challenge of the sample with other AV pairs. */
function challengeWith(pairs: ReadonlyMap<number, Buffer>): Buffer {
  const info = writeAvPairs(pairs);
  const head = Buffer.from(sample.challenge.subarray(0, 68));
  head.writeUInt16LE(info.length, 40);
  head.writeUInt16LE(info.length, 42);
  return Buffer.concat([head, info]);
}

const put = (change: (message: Buffer) => void) => (message: Buffer) => {
  change(message);
  return message;
};

const text = (message: Buffer, at: number) => field(message, at).toString('utf16le');

describe('the first message', () => {
  test('has a version, which some servers want, and no names', () => {
    const message = negotiateMessage();
    expect(message).toHaveLength(40);
    expect(message.subarray(16, 32)).toEqual(Buffer.alloc(16));
    // 128 bit, 56 bit, version, extended session security, always sign, NTLM, target, Unicode: no OEM, no key exchange.
    expect(message.readUInt32LE(12).toString(16)).toBe('a2888205');
  });
});

describe('a challenge', () => {
  test('of the sample is read', () => {
    const { serverChallenge, targetInfo } = readChallenge(sample.challenge);
    expect(serverChallenge).toEqual(sample.serverChallenge);
    expect(writeAvPairs(targetInfo)).toEqual(sample.targetInfo);
  });

  test.each<[string, (message: Buffer) => Buffer]>([
    ['is shorter than its head', (message) => message.subarray(0, 40)],
    ['has another signature', (message) => Buffer.concat([Buffer.from('X'), message.subarray(1)])],
    ['is of another type', put((message) => message.writeUInt32LE(3, 8))],
    ['promises more target information than there is', put((message) => message.writeUInt16LE(9999, 40))],
    ['has an offset beyond its end', put((message) => message.writeUInt32LE(0xffffffff, 44))],
    ['speaks no Unicode', put((message) => message.writeUInt32LE((message.readUInt32LE(20) & ~1) >>> 0, 20))],
    ['has no target information, as before NTLM version 2', put((message) => message.writeUInt32LE(0x201, 20))],
  ])('that %s is refused', (_, change) => {
    expect(() => readChallenge(change(Buffer.from(sample.challenge)))).toThrow(LyncauthError);
  });

  test('is never read beyond its end, whatever lengths its pairs claim', () => {
    for (let at = 0; at < sample.targetInfo.length; at += 1) {
      const pairs = Buffer.from(sample.targetInfo);
      pairs[at] = 0xff;
      for (const value of readAvPairs(pairs).values()) expect(value.length).toBeLessThanOrEqual(pairs.length);
    }
  });
});

describe('the last message', () => {
  test('has user and domain, the response of the sample for other pairs, and no name of this computer', () => {
    const message = authenticate(input);
    expect([text(message, 28), text(message, 36), text(message, 44)]).toEqual(['Domain', 'User', '']);
    const response = field(message, 20);
    const proof = createHmac('md5', sample.key).update(sample.serverChallenge).update(response.subarray(16)).digest();
    expect(response.subarray(0, 16)).toEqual(proof);
    expect(message.includes(sample.password)).toBe(false);
    expect(message.includes(Buffer.from(sample.password, 'utf16le'))).toBe(false);
  });

  test('is signed together with the two before it', () => {
    const message = authenticate(input);
    const sessionKey = createHmac('md5', sample.key).update(field(message, 20).subarray(0, 16)).digest();
    const unsigned = Buffer.from(message).fill(0, 72, 88);
    const mic = createHmac('md5', sessionKey)
      .update(Buffer.concat([input.negotiate, sample.challenge, unsigned]))
      .digest();
    expect(message.subarray(72, 88)).toEqual(mic);
  });

  test("says all that the server's pairs say, that it is signed, to whom it goes and over which connection", () => {
    const pairs = pairsIn(authenticate(input));
    expect([...pairs.keys()]).toEqual([2, 1, AV.flags, AV.channelBindings, AV.targetName]);
    expect(pairs.get(AV.flags)?.readUInt32LE()).toBe(2);
    expect(pairs.get(AV.channelBindings)).toEqual(channelBindingHash(endPoint));
    expect(pairs.get(AV.targetName)?.toString('utf16le')).toBe('HTTP/server.test');
  });

  test('keeps the flags that the server set', () => {
    const challenge = challengeWith(new Map([[AV.flags, Buffer.from([1, 0, 0, 0])]]));
    expect(
      pairsIn(authenticate({ ...input, challenge }))
        .get(AV.flags)
        ?.readUInt32LE(),
    ).toBe(3);
  });

  test("goes by the server's clock where it tells the time, and then sends no LMv2", () => {
    const time = Buffer.from('0102030405060708', 'hex');
    const message = authenticate({ ...input, challenge: challengeWith(new Map([[AV.timestamp, time]])) });
    expect(field(message, 20).subarray(16 + 8, 16 + 16)).toEqual(time);
    expect(field(message, 12)).toEqual(Buffer.alloc(24));
    expect(field(authenticate(input), 12)).toEqual(sample.lmResponse);
  });

  test.each([
    ['alice@lab.test', 'alice@lab.test', ''],
    ['alice', 'alice', 'Domain'],
    ['.\\alice', 'alice', '.'],
    ['LAB\\alice@x', 'alice@x', 'LAB'],
  ])('of %s carries the user %j and the domain %j', (account, user, domain) => {
    const message = authenticate({ ...input, user: account });
    expect([text(message, 36), text(message, 28)]).toEqual([user, domain]);
    const response = field(message, 20);
    const key = ntlmv2Key(user, domain, input.password);
    expect(response.subarray(0, 16)).toEqual(createHmac('md5', key).update(sample.serverChallenge).update(response.subarray(16)).digest());
  });
});
