/** What is used of js-md4, which comes without types. Node's own MD4 is switched off by OpenSSL 3. */
declare module 'js-md4' {
  const md4: { arrayBuffer(bytes: Uint8Array): ArrayBuffer };
  export = md4;
}
