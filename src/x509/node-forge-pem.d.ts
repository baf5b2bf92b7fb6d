/** Types for the one file of node-forge that is used: loading it alone costs a seventh of loading the whole library. */
declare module 'node-forge/lib/pem.js' {
  import type { pem } from 'node-forge';

  const forgePem: typeof pem;
  export = forgePem;
}
