/** Text out of fixed-width PKCS#11 fields and attributes. */

/** `field` without its padding: drivers pad with blanks as the standard says, with NULs, or leave what stood in memory behind a NUL. */
export function unpadded(field: string): string {
  const end = field.indexOf('\0');
  return (end === -1 ? field : field.slice(0, end)).trimEnd();
}

/**
 * `label` padded with blanks to the 32 bytes of UTF-8 that C_InitToken reads (PKCS#11 v2.40 section 5.5); the binding passes it on as it is.
 * @throws RangeError when it is longer
 */
export function paddedLabel(label: string): string {
  const length = Buffer.byteLength(label, 'utf8');
  if (length > 32) throw new RangeError('a token label has at most 32 bytes');
  return label + ' '.repeat(32 - length);
}
