/** Logging on with the user's Kerberos ticket (Negotiate, RFC 4559), by the package kerberos, which may be missing. Sends nothing to the server. */
import { LyncauthError } from '../../errors.js';
import type { Conversation, LogonScheme } from './scheme.js';

type Kerberos = typeof import('kerberos');

/**
 * Negotiate with a ticket. It carries no channel binding: the package has none, so a server that demands it refuses the ticket.
 *
 * @param options - `required`: without a ticket the logon fails with LOGON_UNSUPPORTED or ADDON_MISSING; else it is passed over
 */
export function negotiateScheme({ required }: { required: boolean }): LogonScheme {
  return {
    name: 'negotiate',
    offers: ['Negotiate'],
    begin: async (url) => {
      try {
        return await converse(url.hostname);
      } catch (error) {
        if (required) throw error;
        return undefined;
      }
    },
  };
}

/** Gets the ticket for the web server, from the user's cache or with the ticket in there. */
async function converse(host: string): Promise<Conversation> {
  const { initializeClient, GSS_MECH_OID_SPNEGO } = await loadKerberos();
  // Windows and GSSAPI write the name of a service in different ways.
  const service = process.platform === 'win32' ? `HTTP/${host}` : `HTTP@${host}`;
  const client = await initializeClient(service, { mechOID: GSS_MECH_OID_SPNEGO }).catch((cause) => {
    throw noTicket(host, cause);
  });
  let ticket: string | undefined = await client.step('').catch((cause) => {
    throw noTicket(host, cause);
  });
  return {
    next: async (challenge) => {
      // What the library says of an answer that it does not take is no help: the server has refused.
      const token = challenge === undefined ? ticket : await client.step(challenge.toString('base64')).catch(() => undefined);
      ticket = undefined;
      return token ? { token: Buffer.from(token, 'base64'), last: true } : undefined;
    },
  };
}

function noTicket(host: string, cause: unknown): LyncauthError {
  const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
  return new LyncauthError('LOGON_UNSUPPORTED', `there is no Kerberos ticket for HTTP/${host}: ${reason}`, {
    hint: 'get a ticket with kinit, or log on with name and password: --auth ntlm',
    details: { requestSent: false },
    cause,
  });
}

async function loadKerberos(): Promise<Kerberos> {
  try {
    return (await import('kerberos')).default;
  } catch (cause) {
    throw new LyncauthError(
      'ADDON_MISSING',
      'the package kerberos, which a logon with a Kerberos ticket needs, is missing or cannot be loaded',
      {
        hint: 'npm install -g kerberos@7, or log on with name and password: --auth ntlm',
        details: { requestSent: false },
        cause,
      },
    );
  }
}
