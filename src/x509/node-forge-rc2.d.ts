/** Types for the files of node-forge that open what Windows encrypted with RC2: loading them alone costs a fraction of loading the whole library. */
declare module 'node-forge/lib/rc2.js' {
  import type { util } from 'node-forge';

  interface Cipher {
    start(iv: util.ByteStringBuffer): void;
    update(input: util.ByteStringBuffer): void;
    /** False when the padding is wrong. */
    finish(): boolean;
    output: util.ByteStringBuffer;
  }

  const rc2: {
    /** CBC. @param bits - how many of the key count */
    createDecryptionCipher(key: util.ByteStringBuffer, bits: number): Cipher;
  };
  export = rc2;
}

declare module 'node-forge/lib/util.js' {
  import type { util } from 'node-forge';

  const forgeUtil: typeof util;
  export = forgeUtil;
}
