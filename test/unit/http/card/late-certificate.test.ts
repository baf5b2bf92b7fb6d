/** What is remembered of servers that ask for the certificate late. */
import { expect, test } from 'vitest';
import { LyncauthError } from '../../../../src/errors.js';
import { createLateServers, type Outcome } from '../../../../src/http/card/late-certificate.js';
import type { CardKey } from '../../../../src/http/card-tls.js';
import { createAuthority } from '../../../support/loopback-https.js';
import { softwareIdentity } from '../../../support/software-identity.js';

const identity = softwareIdentity(createAuthority('Clients').issuer);
const at = (path: string) => new URL(path, 'https://adfs.example.com');
const answered = (status: number): Outcome => ({ connection: undefined, response: { status, headers: {}, body: Buffer.alloc(0) } });
const failed = (error: unknown, key?: Partial<CardKey>): Outcome => {
  const cardKey = { signatures: 0, failure: undefined, ...key } as CardKey;
  const connection = key && ({ cardKey, protocol: 'TLSv1.2' } as Outcome['connection'] & object);
  return { error, pssRefused: false, connection };
};
const network = (requestSent: boolean, message = '') =>
  new LyncauthError('NETWORK', 'no', { details: { requestSent }, cause: new Error(message) });

test('a server that once let us in is met with TLS 1.2 on every path', () => {
  const servers = createLateServers();
  servers.learn(at('/a?b'), identity, answered(200));
  expect([servers.asksLate(at('/c')), servers.asksLate(new URL('https://other.example.com/a'))]).toEqual([true, false]);
});

test('a server that asked the card asks late, however the card took it', () => {
  const servers = createLateServers();
  servers.learn(at('/'), identity, failed(new Error('removed'), { failure: new Error('removed') }));
  expect(servers.asksLate(at('/'))).toBe(true);
});

test.each([
  ['a refusal', answered(403), true],
  ['an alert', failed(network(false, 'error:0A00042E:SSL alert number 70')), true],
  ['a connection that was cut on the request', failed(network(true)), true],
  ['a server that could not be reached', failed(network(false)), false],
  ['a card that failed before', failed(new LyncauthError('CARD_REMOVED', 'gone')), false],
])('after %s, TLS 1.2 is in vain for the path and the certificate: %#', (_, outcome, expected) => {
  const servers = createLateServers();
  servers.learn(at('/a?b=1'), identity, outcome);
  const other = softwareIdentity(createAuthority('Clients').issuer);
  expect([servers.inVain(at('/a?b=2'), identity), servers.inVain(at('/b'), identity), servers.inVain(at('/a'), other)]).toEqual([
    expected,
    false,
    false,
  ]);
  expect(servers.asksLate(at('/a'))).toBe(false);
});

test('the memory has an end: what was learnt first is forgotten first', () => {
  const servers = createLateServers();
  for (let i = 0; i < 1000; i++) {
    servers.learn(at(`/${i}`), identity, answered(403));
    servers.learn(new URL(`https://host${i}.example.com/`), identity, answered(200));
  }
  const vain = Array.from({ length: 1000 }, (_, i) => servers.inVain(at(`/${i}`), identity));
  const late = Array.from({ length: 1000 }, (_, i) => servers.asksLate(new URL(`https://host${i}.example.com/`)));
  for (const kept of [vain, late]) {
    expect([kept[0], kept[999]]).toEqual([false, true]);
    expect(kept.filter(Boolean)).toHaveLength(200);
  }
});
