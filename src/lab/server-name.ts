/** The host name a TLS client asks for, read from the first bytes it sends. Nothing is decided or answered here. */

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const RECORD_HEADER_BYTES = 5;

/**
 * The server name of a ClientHello (RFC 6066 section 3).
 *
 * @param bytes - all that came on the connection so far.
 * @returns 'more' while the first record is incomplete; '' for a client that names no host, or does not speak TLS.
 */
export function serverNameOf(bytes: Buffer): string | 'more' {
  if (bytes.length > 0 && bytes[0] !== HANDSHAKE) return '';
  if (bytes.length < RECORD_HEADER_BYTES || bytes.length < RECORD_HEADER_BYTES + bytes.readUInt16BE(3)) return 'more';
  try {
    return readHello(bytes.subarray(RECORD_HEADER_BYTES, RECORD_HEADER_BYTES + bytes.readUInt16BE(3)));
  } catch (error) {
    if (error instanceof RangeError) return '';
    throw error;
  }
}

/** ClientHello (RFC 8446 section 4.1.2): version, random, session id, cipher suites, compression methods, extensions. */
function readHello(hello: Buffer): string {
  if (hello[0] !== CLIENT_HELLO) return '';
  let at = 4 + 2 + 32;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at);
  const end = at + 2 + hello.readUInt16BE(at);
  at += 2;
  while (at < end) {
    const length = hello.readUInt16BE(at + 2);
    // One name of type host_name: list length, type, name length, name.
    if (hello.readUInt16BE(at) === SERVER_NAME)
      return hello
        .subarray(at + 9, at + 4 + length)
        .toString('latin1')
        .toLowerCase();
    at += 4 + length;
  }
  return '';
}
