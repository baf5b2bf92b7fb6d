/** The sample of MS-NLMP section 4.2.4: NTLM version 2. */
import { type AvPairs, readAvPairs } from '../../../../src/http/auth/av-pairs.js';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** Of the section, by its names. */
export const sample = {
  user: 'User',
  domain: 'Domain',
  password: 'Password',
  serverChallenge: hex('0123456789abcdef'),
  clientChallenge: hex('aaaaaaaaaaaaaaaa'),
  time: Buffer.alloc(8),
  /** MsvAvNbDomainName and MsvAvNbComputerName. */
  targetInfo: hex('02000c0044006f006d00610069006e00 01000c00530065007200760065007200 00000000'),
  /** NTOWFv2 (4.2.4.1.1). */
  key: hex('0c868a403bfd7a93a3001ef22ef02e3f'),
  /** The blob (4.2.4.1.3). */
  temp: hex(
    '0101000000000000 0000000000000000 aaaaaaaaaaaaaaaa 00000000 02000c0044006f006d00610069006e00 01000c00530065007200760065007200 00000000 00000000',
  ),
  /** NTProofStr (4.2.4.2.2). */
  proof: hex('68cd0ab851e51c96aabc927bebef6a1c'),
  /** LMv2Response (4.2.4.2.1). */
  lmResponse: hex('86c35097ac9cec102554764a57cccc19 aaaaaaaaaaaaaaaa'),
  /** SessionBaseKey (4.2.4.1.2). */
  sessionKey: hex('8de40ccadbc14a82f15cb0ad0de95ca3'),
  /** CHALLENGE_MESSAGE (4.2.4.3). */
  challenge: hex(
    '4e544c4d53535000 02000000 0c000c0038000000 33828ae2 0123456789abcdef 0000000000000000 2400240044000000 060070170000000f' +
      '530065007200760065007200 02000c0044006f006d00610069006e00 01000c00530065007200760065007200 00000000',
  ),
} as const;

/** The field of a message whose length and offset stand at `at`. */
export function field(message: Buffer, at: number): Buffer {
  const start = message.readUInt32LE(at + 4);
  return message.subarray(start, start + message.readUInt16LE(at));
}

/** What the last message says beside the proof. */
export function pairsIn(authenticate: Buffer): AvPairs {
  return readAvPairs(field(authenticate, 20).subarray(16 + 28));
}
