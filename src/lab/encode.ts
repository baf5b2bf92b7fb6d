/** Text armour as certsrv writes it and takes it, read by itself: a client's own armour code must not judge itself. */

/** DER in PEM armour with lines of 64 characters ended by CR LF, as a Windows CA sends them. */
export function encodeArmour(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\r\n');
}

/** PEM as the CA writes it. */
export function encodeCertificate(der: Uint8Array): string {
  return encodeArmour('CERTIFICATE', der);
}

/** The bytes in the first armour of `text`, or in `text` itself when it has none. Undefined for anything but base64 and line ends. */
export function decodeArmour(text: string): Buffer | undefined {
  const inside = /-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----/s.exec(text)?.[2] ?? text;
  const base64 = inside.replace(/[\r\n]/g, '').trim();
  // A blank inside is a "+" that the client did not percent-encode: the request arrived damaged.
  return /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64') : undefined;
}
