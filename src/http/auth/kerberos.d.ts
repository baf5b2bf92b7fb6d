/** What is used of kerberos, an optional package: the program is built and checked without it too. */
declare module 'kerberos' {
  const kerberos: {
    readonly GSS_MECH_OID_SPNEGO: number;
    /** @param service - `HTTP@host`, or `HTTP/host` on Windows */
    initializeClient(service: string, options: { mechOID: number }): Promise<{ step(challenge: string): Promise<string> }>;
  };
  export = kerberos;
}
