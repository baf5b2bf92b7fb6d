/** The three messages of NTLM as bytes (MS-NLMP section 2.2.1). Pure functions; the proof itself is made in ntlmv2.ts. */
import { LyncauthError } from '../../errors.js';
import { type AvPairs, readAvPairs } from './av-pairs.js';

const SIGNATURE = Buffer.from('NTLMSSP\0', 'latin1');
/** MS-NLMP section 2.2.2.5. */
const FLAG = {
  unicode: 0x1,
  requestTarget: 0x4,
  ntlm: 0x200,
  alwaysSign: 0x8000,
  extendedSecurity: 0x80000,
  targetInfo: 0x800000,
  version: 0x2000000,
  key128: 0x20000000,
  keyExchange: 0x40000000,
  key56: 0x80000000,
} as const;
const REQUESTED =
  (FLAG.unicode |
    FLAG.requestTarget |
    FLAG.ntlm |
    FLAG.alwaysSign |
    FLAG.extendedSecurity |
    FLAG.targetInfo |
    FLAG.version |
    FLAG.key128 |
    FLAG.key56) >>>
  0;
/** Windows 10.0.19041, revision 15 (section 2.2.2.10). Some servers refuse a first message without it. */
const VERSION = Buffer.from([10, 0, 0x61, 0x4a, 0, 0, 0, 15]);
const HEADER_BYTES = 88;
const MIC_AT = 72;

export interface Challenge {
  flags: number;
  /** 8 bytes. */
  serverChallenge: Buffer;
  targetInfo: AvPairs;
}

export interface Authenticate {
  /** Of the challenge. */
  flags: number;
  user: string;
  /** '' for a user principal name. */
  domain: string;
  workstation: string;
  lmResponse: Buffer;
  ntResponse: Buffer;
}

/** NEGOTIATE_MESSAGE (section 2.2.1.1): no names in it, as they would go out before anything is known of the server. */
export function negotiateMessage(): Buffer {
  const message = Buffer.alloc(32);
  SIGNATURE.copy(message);
  message.writeUInt32LE(1, 8);
  message.writeUInt32LE(REQUESTED, 12);
  return Buffer.concat([message, VERSION]);
}

/**
 * CHALLENGE_MESSAGE (section 2.2.1.2).
 *
 * @param server - as an error names it
 * @throws LyncauthError LOGON_UNSUPPORTED for what is none, and for one that leaves no NTLM version 2 over Unicode
 */
export function readChallenge(message: Buffer, server = 'the server'): Challenge {
  const isChallenge = message.length >= 48 && message.subarray(0, 8).equals(SIGNATURE) && message.readUInt32LE(8) === 2;
  if (!isChallenge) throw notNtlm(server, 'what it sent is no challenge of NTLM');
  const flags = message.readUInt32LE(20);
  const length = message.readUInt16LE(40);
  const offset = message.readUInt32LE(44);
  if (offset + length > message.length) throw notNtlm(server, 'its challenge is cut off');
  const targetInfo = readAvPairs(message.subarray(offset, offset + length));
  if ((flags & FLAG.unicode) === 0 || (flags & FLAG.targetInfo) === 0)
    throw notNtlm(server, 'it knows only the old NTLM, which is not secure');
  return { flags, serverChallenge: message.subarray(24, 32), targetInfo };
}

/** AUTHENTICATE_MESSAGE (section 2.2.1.3), with zeros for the MIC. No session key is sent: nothing is encrypted by NTLM itself. */
export function authenticateMessage(parts: Authenticate): Buffer {
  const text = (value: string) => Buffer.from(value, 'utf16le');
  const { lmResponse, ntResponse, domain, user, workstation } = parts;
  const payload = [lmResponse, ntResponse, text(domain), text(user), text(workstation), Buffer.alloc(0)];
  const header = Buffer.alloc(HEADER_BYTES);
  SIGNATURE.copy(header);
  header.writeUInt32LE(3, 8);
  let offset = HEADER_BYTES;
  for (const [index, { length }] of payload.entries()) {
    const at = 12 + index * 8;
    header.writeUInt16LE(length, at);
    header.writeUInt16LE(length, at + 2);
    header.writeUInt32LE(offset, at + 4);
    offset += length;
  }
  header.writeUInt32LE((parts.flags & REQUESTED) >>> 0, 60);
  VERSION.copy(header, 64);
  return Buffer.concat([header, ...payload]);
}

/** A copy of an AUTHENTICATE_MESSAGE with its MIC (16 bytes). */
export function withIntegrity(message: Buffer, mic: Buffer): Buffer {
  const signed = Buffer.from(message);
  mic.copy(signed, MIC_AT);
  return signed;
}

function notNtlm(server: string, why: string): LyncauthError {
  return new LyncauthError('LOGON_UNSUPPORTED', `${server} cannot be logged on to by NTLM: ${why}`, {
    hint: 'ask its administrator to allow NTLM version 2, or Kerberos',
    details: { requestSent: false },
  });
}
