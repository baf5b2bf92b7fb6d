/** Why a passive sign-in is not gone on with: what the server wants cannot be done, or must not be. */
import { LyncauthError } from '../../errors.js';
import { BY_CERTIFICATE } from './pages.js';

const TELL = 'tell the administrator of AD FS: nothing was sent there';

/** A form or a redirect leads out of the sign-in. */
export function foreignTarget(url: URL, from: URL): LyncauthError {
  return new LyncauthError('REDIRECT_REFUSED', `${from.host} leads to ${url.host}, which is no part of this sign-in`, {
    hint: TELL,
    details: { host: url.host },
  });
}

/** The token is for somebody else. */
export function foreignRecipient(url: URL, from: URL): LyncauthError {
  return new LyncauthError('REDIRECT_REFUSED', `${from.host} wants the token sent to ${url.host}, which did not ask for it`, {
    hint: TELL,
    details: { host: url.host },
  });
}

/** It goes round, or on and on. @param why - in what way, as a sentence ends */
export function endless(host: string, why: string): LyncauthError {
  return new LyncauthError('REDIRECT_REFUSED', `the sign-in at ${host} does not end: ${why}`, {
    hint: 'wait a minute, then try again; if it stays, tell the administrator of AD FS',
    details: { host },
  });
}

/** AD FS offers other ways, or none that can be seen. It decides by policy, which differs inside and outside of the company's network. */
export function notOffered(host: string, methods: ReadonlySet<string>): LyncauthError {
  const others = [...methods].filter((name) => name !== BY_CERTIFICATE);
  const instead = others.length === 0 ? 'asks for a password' : `offers ${others.join(', ')}`;
  return new LyncauthError('METHOD_NOT_OFFERED', `${host} ${instead}, and no sign-in with a certificate`, {
    hint: 'ask the administrator of AD FS to enable certificate authentication for this network (intranet and extranet are set separately)',
    details: { host, offered: others },
  });
}

/** The certificate can be chosen, and then is not asked for. */
export function leadsNowhere(host: string): LyncauthError {
  return new LyncauthError('METHOD_NOT_OFFERED', `${host} mentions sign-in with a certificate, but asks for none when it is chosen`, {
    hint: 'ask the administrator of AD FS whether certificate authentication is enabled for this network, and its host (port 49443 or certauth) set up',
    details: { host },
  });
}

/** Nothing was shown: under TLS 1.3 a server that asks late asks in vain, and AD FS 2.0 asks late. */
export function neverAsked(host: string, status: number): LyncauthError {
  return new LyncauthError(
    'METHOD_NOT_OFFERED',
    `${host} refuses (status ${status}) without having asked for the certificate on the card`,
    {
      hint: 'ask the administrator of AD FS to allow TLS 1.2 there, or to have the certificate asked for when a connection begins',
      details: { host, status },
    },
  );
}

/** Only a Windows logon is offered, and the way round it leads back to it. */
export function windowsOnly(host: string): LyncauthError {
  return new LyncauthError(
    'METHOD_NOT_OFFERED',
    `${host} insists on Windows sign-in (Kerberos or NTLM) here, and asks for no certificate`,
    {
      hint: 'ask the administrator of AD FS to enable certificate authentication beside Windows authentication for this network',
      details: { host, offered: ['WindowsAuthentication'] },
    },
  );
}

/** The certificate is not enough: another proof is wanted beside it. @param methods - the page offers */
export function secondFactor(host: string, methods: ReadonlySet<string>): LyncauthError {
  const names = [...methods].filter((name) => name !== BY_CERTIFICATE);
  const what = names.length === 0 ? '' : ` (${names.join(', ')})`;
  return new LyncauthError(
    'SIGN_IN_REFUSED',
    `${host} wants a second proof beside the certificate${what}, which this program cannot give`,
    {
      hint: 'ask the administrator of AD FS to count the card as both factors for the pool',
      details: { host, offered: names },
    },
  );
}

/** It asks which organisation the user is of. */
export function homeRealm(host: string): LyncauthError {
  return new LyncauthError('SIGN_IN_REFUSED', `${host} asks which organisation the user belongs to, and the pool did not say`, {
    hint: 'ask the administrator of the pool to name the home realm of its users (whr), or of AD FS to set it for the pool',
    details: { host },
  });
}
