/** HRESULTs of Active Directory Certificate Services ([MS-ERREF] section 2.1.1) in plain words. Data only. */

const WORDS: Readonly<Record<string, string>> = {
  '0x80070005': 'access was denied: this account may not request certificates here',
  '0x80070057': 'the CA found an invalid argument in the request',
  '0x800706BA': 'the CA service is not running or cannot be reached from its web page',
  '0x80092012': 'the CA cannot check whether a certificate in the chain was revoked',
  '0x80092013': 'the CA cannot check revocation because the revocation server is offline',
  '0x80093005': 'the CA cannot read the request (bad ASN.1)',
  '0x8009310B': 'the CA cannot read the request (bad ASN.1)',
  '0x80094001': 'the subject of the request is not valid, or too long',
  '0x80094003': 'the state of the request does not allow this: it was not decided yet, or it was denied',
  '0x80094004': 'the CA knows no such request',
  '0x80094012': 'this account has no Enroll permission for the template',
  '0x80094800': 'this CA does not offer the template, or its name is wrong (give the name, not the display name)',
  '0x80094801': 'the request names no template',
  '0x80094802': 'the request names two different templates',
  '0x80094806': 'the template does not allow to enroll on behalf of another user',
  '0x80094809': 'the signature of an enrollment agent does not meet the policy of the template',
  '0x8009480A': 'the template wants the signature of an enrollment agent, and there is none',
  '0x8009480F': 'the directory has no DNS name for this account, and the template needs one',
  '0x80094811': 'the key is shorter than the template allows',
  '0x80094812': 'the directory has no e-mail address for this account, and the template needs one',
};

/** Every failure has the top bit set, which keeps lengths and success codes out. */
const FAILURE = /0x([89a-f][0-9a-f]{7})(?![0-9a-f])/i;
/** FACILITY_CERT and FACILITY_SECURITY: a certification authority's own verdicts, and what its decoder found. */
const CA_VERDICT = /^0x8009/;
/** Access is checked, and arguments are read, before a request is recorded. */
const REFUSED_AT_THE_DOOR = new Set(['0x80070005', '0x80070057']);
const UNREACHABLE = new Set(['0x800706BA']);

/** The first failure code in `text`, written `0x8009310B`. */
export function findHresult(text: string): string | undefined {
  const digits = FAILURE.exec(text)?.[1];
  return digits === undefined ? undefined : `0x${digits.toUpperCase()}`;
}

/** What a code means, in plain words; undefined for one that has none here. */
export function hresultWords(hresult: string): string | undefined {
  return WORDS[hresult];
}

/**
 * What a code on an error page says about a request that was just posted: the CA refused it, its service was not there to be asked,
 * or nothing certain.
 */
export function hresultVerdict(hresult: string): 'refused' | 'unreachable' | 'unknown' {
  if (UNREACHABLE.has(hresult)) return 'unreachable';
  return CA_VERDICT.test(hresult) || REFUSED_AT_THE_DOOR.has(hresult) ? 'refused' : 'unknown';
}
