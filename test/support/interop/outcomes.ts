/** How systems that know nothing of lyncauth take a card that it enrolled, and copies of it with another certificate. docs/interop.md is made of this. */

/** The cards, by what is special about them. */
export const CARDS = {
  enrolled: 'as `lyncauth enroll` leaves it',
  replaced: 'after `lyncauth enroll --replace --delete-old-key`',
  expired: 'its certificate ran out a minute ago',
  foreign: 'its certificate is from another CA',
  purpose: 'its certificate is for client authentication only',
  other: 'its certificate names another user',
} as const;

export const SYSTEMS = {
  mit: 'MIT Kerberos (PKINIT; `pkinit_eku_checking = scLogin`, `pkinit_allow_upn`)',
  samba: 'Samba, Active Directory domain controller (PKINIT; `kinit -E` with the sign-in address)',
  apache: 'Apache (`SSLVerifyClient require`, `SSLUserName SSL_CLIENT_SAN_OTHER_msUPN_0`)',
} as const;

export type CardName = keyof typeof CARDS;
export type SystemName = keyof typeof SYSTEMS;

export interface Outcome {
  /** Whom the system takes the card's owner for; none when it refuses the card. */
  user?: string;
  /** Stands in the log of the system. */
  log: string;
  /** What to know about it. */
  note?: string;
}

const UNCHECKED = 'the purpose is not checked here';

export const OUTCOMES: Record<SystemName, Record<CardName, Outcome>> = {
  mit: {
    enrolled: { user: 'alice@lab.test', log: 'ISSUE: authtime' },
    replaced: { user: 'alice@lab.test', log: 'ISSUE: authtime' },
    expired: { log: 'certificate has expired' },
    foreign: { log: 'unable to get local issuer certificate' },
    purpose: { log: 'Inconsistent key purpose' },
    other: { log: 'Client name mismatch' },
  },
  samba: {
    enrolled: { user: 'alice\\@lab.test@AD.LAB.TEST', log: 'PKINIT pre-authentication succeeded' },
    replaced: { user: 'alice\\@lab.test@AD.LAB.TEST', log: 'PKINIT pre-authentication succeeded' },
    expired: { log: 'Failed to find certificate issued by' },
    foreign: { log: 'Failed to find issuer for certificate' },
    purpose: { user: 'alice\\@lab.test@AD.LAB.TEST', log: 'PKINIT pre-authentication succeeded', note: UNCHECKED },
    other: { log: 'NT_STATUS_PKINIT_NAME_MISMATCH' },
  },
  apache: {
    enrolled: { user: 'alice@lab.test', log: 'GET /index 200' },
    replaced: { user: 'alice@lab.test', log: 'GET /index 200' },
    expired: { log: 'certificate has expired' },
    foreign: { log: 'unable to get local issuer certificate' },
    purpose: { user: 'alice@lab.test', log: 'GET /index 200', note: UNCHECKED },
    other: { user: 'bob@lab.test', log: 'GET /index 200', note: 'who that is, is up to the site' },
  },
};
