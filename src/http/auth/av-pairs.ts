/** Attribute-value pairs of NTLM (MS-NLMP section 2.2.2.1): what server and client tell each other besides the proof. Bytes only. */

/** The ids that are used here; see the section for what each holds. */
export const AV = {
  end: 0,
  netbiosDomain: 2,
  dnsComputer: 3,
  flags: 6,
  timestamp: 7,
  targetName: 9,
  channelBindings: 10,
} as const;

/** In `AV.flags`: the last message has a MIC. */
export const HAS_MIC = 2;

export type AvPairs = ReadonlyMap<number, Buffer>;

/** Reads a list, up to its end or to what is cut off. */
export function readAvPairs(bytes: Buffer): Map<number, Buffer> {
  const pairs = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= bytes.length; ) {
    const id = bytes.readUInt16LE(at);
    const end = at + 4 + bytes.readUInt16LE(at + 2);
    if (id === AV.end || end > bytes.length) break;
    pairs.set(id, bytes.subarray(at + 4, end));
    at = end;
  }
  return pairs;
}

/** Writes `pairs` in their order, and the end of the list. */
export function writeAvPairs(pairs: AvPairs): Buffer {
  const parts = [...pairs, [AV.end, Buffer.alloc(0)] as const].flatMap(([id, value]) => {
    const head = Buffer.alloc(4);
    head.writeUInt16LE(id, 0);
    head.writeUInt16LE(value.length, 2);
    return [head, value];
  });
  return Buffer.concat(parts);
}

/**
 * What the client answers to the server's pairs (MS-NLMP section 3.1.5.1.2): all of them, that a MIC follows, to which service this goes, and
 * over which connection.
 *
 * @param own - `targetName`: `HTTP/ca.contoso.test`; `channelBindings`: 16 bytes
 */
export function answerPairs(server: AvPairs, own: { targetName: string; channelBindings: Buffer | undefined }): Map<number, Buffer> {
  const pairs = new Map(server);
  const flags = Buffer.alloc(4);
  const before = server.get(AV.flags);
  flags.writeUInt32LE(((before?.length === 4 ? before.readUInt32LE() : 0) | HAS_MIC) >>> 0);
  pairs.set(AV.flags, flags);
  // Sixteen zero bytes say that there is no connection to be bound to.
  pairs.set(AV.channelBindings, own.channelBindings ?? Buffer.alloc(16));
  pairs.set(AV.targetName, Buffer.from(own.targetName, 'utf16le'));
  return pairs;
}
