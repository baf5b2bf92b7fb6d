/** What a certification authority can be asked, whatever protocol it speaks: types only. */
import type { Logon } from '../http/request-rules.js';

/** How to log on to it, as `--auth` says. */
export type CaLogonScheme = Logon['scheme'];

/** A kind of certificate that the CA offers to this user. */
export interface CertificateTemplate {
  /** Common name, which requests carry: SmartcardUser. */
  name: string;
  /** What people see: Smartcard User. */
  displayName: string;
}

/** The CA refused. */
export interface Denial {
  status: 'denied';
  requestId?: string;
  /** Such as 0x8009310B, hexadecimal digits in upper case. */
  hresult?: string;
  /** In plain words. */
  reason: string;
  /** The CA's own words, in its language. */
  serverMessage?: string;
}

export type Submission = { status: 'issued'; requestId: string } | { status: 'pending'; requestId: string } | Denial;

export type Retrieval =
  | {
      status: 'issued';
      /** The user's certificate, DER. */
      certificate: Buffer;
      /** All certificates of the answer, DER, the user's among them. */
      certificates: Buffer[];
    }
  | { status: 'pending' }
  | Denial;

/** Every method throws the LyncauthErrors of the HTTP client, LOGON_REFUSED, LOGON_UNSUPPORTED, REDIRECT_REFUSED and SERVER_ERROR. */
export interface CaClient {
  /** Where the CA's pages are, without a slash at the end. */
  readonly url: string;
  /** Resolves when the server takes the account. */
  checkLogon(): Promise<void>;
  /** The templates this account may choose from, in the CA's order. */
  templates(): Promise<CertificateTemplate[]>;
  /** Every certificate that the CA serves as its own or as one above it, DER. */
  chain(): Promise<Buffer[]>;
  /**
   * Hands in a certification request (DER).
   *
   * @throws LyncauthError SUBMISSION_UNKNOWN when the CA may have taken it and the answer does not say; any other error has
   *   `details.requestSent` false: the request was certainly not taken. INTERRUPTED says which in the same place.
   */
  submit(request: Uint8Array, attributes: { template: string }): Promise<Submission>;
  /**
   * Fetches what became of a request.
   *
   * @throws LyncauthError REQUEST_NOT_FOUND when the CA does not know it; CERTIFICATE_REFUSED when what came is not a certificate.
   */
  retrieve(requestId: string): Promise<Retrieval>;
}
