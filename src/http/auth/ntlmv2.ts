/** The computations of NTLM version 2 (MS-NLMP section 3.3.2). Pure functions of bytes; keys and responses are as secret as the password. */
import { createHmac } from 'node:crypto';
import md4 from 'js-md4';
import type { Secret } from '../../secret.js';

export interface ResponseInput {
  /** NTOWFv2, of {@link ntlmv2Key}. */
  key: Buffer;
  /** 8 bytes, of the server's challenge. */
  serverChallenge: Buffer;
  /** 8 random bytes. */
  clientChallenge: Buffer;
  /** FILETIME, 8 bytes. */
  timestamp: Buffer;
  /** AV pairs. */
  targetInfo: Buffer;
}

/** NTOWFv2: what stands for the password from here on. @param domain - '' for a user principal name */
export function ntlmv2Key(user: string, domain: string, password: Secret): Buffer {
  const hash = Buffer.from(md4.arrayBuffer(utf16(password.reveal())));
  return hmacMd5(hash, utf16(capitals(user) + domain));
}

/** NTProofStr and the blob that it signs (NTLMv2_CLIENT_CHALLENGE, section 2.2.2.7), and the session key. */
export function ntlmv2Response(input: ResponseInput): { response: Buffer; sessionKey: Buffer } {
  const { key, serverChallenge, clientChallenge, timestamp, targetInfo } = input;
  const versions = Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]);
  const blob = Buffer.concat([versions, timestamp, clientChallenge, Buffer.alloc(4), targetInfo, Buffer.alloc(4)]);
  const proof = hmacMd5(key, serverChallenge, blob);
  return { response: Buffer.concat([proof, blob]), sessionKey: hmacMd5(key, proof) };
}

/** LMv2, for servers that send no timestamp; for the others zeros stand in its place (section 3.1.5.1.2). */
export function lmv2Response({ key, serverChallenge, clientChallenge }: ResponseInput): Buffer {
  return Buffer.concat([hmacMd5(key, serverChallenge, clientChallenge), clientChallenge]);
}

/** Signs the three messages, the last with zeros where this goes (section 3.1.5.1.2). */
export function messageIntegrity(sessionKey: Buffer, messages: readonly Buffer[]): Buffer {
  return hmacMd5(sessionKey, ...messages);
}

/** `date` in the units of 100 ns since 1601 that Windows counts. */
export function fileTime(date: Date): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE((BigInt(date.getTime()) + 11_644_473_600_000n) * 10_000n);
  return bytes;
}

function hmacMd5(key: Buffer, ...parts: Buffer[]): Buffer {
  const mac = createHmac('md5', key);
  for (const part of parts) mac.update(part);
  return mac.digest();
}

/** As Windows does it, character by character: ß, which has no single capital, stays. */
function capitals(text: string): string {
  const capital = (character: string) => (character.toUpperCase().length === character.length ? character.toUpperCase() : character);
  return [...text].map(capital).join('');
}

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le');
}
