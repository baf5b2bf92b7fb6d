/** A domain account as people write it, taken apart for NTLM. */

/**
 * `DOMAIN\user`, or a user principal name, whose domain stays in it (MS-NLMP section 3.1.5.1.2): the server's domain controller knows what it means.
 *
 * @param serverDomain - the domain of an account without one: that of the server
 */
export function splitAccount(account: string, serverDomain: string): { user: string; domain: string } {
  const at = account.indexOf('\\');
  if (at >= 0) return { domain: account.slice(0, at), user: account.slice(at + 1) };
  return { user: account, domain: account.includes('@') ? '' : serverDomain };
}
