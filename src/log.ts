/** What every layer may tell about its work: a type only. */

/** Diagnostics for -v, --trace and --log-file; everything passes the redactor. */
export interface Log {
  verbose(text: string): void;
  trace(text: string): void;
}
