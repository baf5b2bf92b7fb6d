/** The people of the practice organisation. Data, and the check of a Basic logon; no protocol. */
export const ORGANISATION = 'lyncauth practice organisation';

/** A domain account: the CA takes subject, UPN and SID from here, never from the request. */
export interface Account {
  /** As the CA logs it: `LAB\alice`. */
  readonly name: string;
  readonly upn: string;
  readonly sid: string;
  /** Absent where the directory knows no mail address. */
  readonly email?: string;
  readonly password: string;
  /** RFC 4514 text. */
  readonly subject: string;
}

/** Passwords are published on purpose: the server listens on loopback only and nothing trusts it. */
export const accounts: readonly Account[] = [
  account('alice', 'Alice Example', 1105, 'alice@lab.test'),
  account('bob', 'Bob Example', 1106, 'bob@lab.test'),
  account('carol', 'Carol Without-Mail', 1107),
];

/** The account called `name`: `LAB\alice`, as stored, or as typed: in any case, or as UPN. */
export function findAccount(name: string): Account | undefined {
  const wanted = name.toLowerCase();
  return accounts.find((account) => account.name.toLowerCase() === wanted || account.upn.toLowerCase() === wanted);
}

/**
 * Who an `Authorization: Basic` header speaks for (RFC 7617 section 2), or undefined.
 *
 * @param header - the header's value, undefined when the request had none.
 */
export function basicAccount(header: string | undefined): Account | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [, name, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
  const found = findAccount(name ?? '');
  return found?.password === password ? found : undefined;
}

function account(login: string, commonName: string, rid: number, email?: string): Account {
  return {
    name: `LAB\\${login}`,
    upn: `${login}@lab.test`,
    sid: `S-1-5-21-1111111111-2222222222-3333333333-${rid}`,
    ...(email === undefined ? {} : { email }),
    password: `Practice-${login}-46`,
    subject: `CN=${commonName},OU=${ORGANISATION},DC=lab,DC=test`,
  };
}
