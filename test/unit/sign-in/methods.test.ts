/** Which ways to prove a user are tried, in which order, and what is said of each; with methods that only tell what is done to them. */
import { expect, test } from 'vitest';
import { type ErrorCode, type ErrorDetails, LyncauthError } from '../../../src/errors.js';
import type { HttpClient } from '../../../src/http/client.js';
import { Secret } from '../../../src/secret.js';
import { parseAddress } from '../../../src/sign-in/address.js';
import { type Credentials, type KnownMethod, type MethodChoice, proveUser } from '../../../src/sign-in/methods.js';
import type { MethodName, Token } from '../../../src/sign-in/types.js';
import { failure } from '../../support/failure.js';

const token: Token = { value: new Secret('a token of the methods test'), expiresAt: new Date() };
const http: HttpClient = { request: () => Promise.reject(new Error('no method of this test asks a server')), close: () => {} };

interface Behaviour {
  /** Why it cannot be used. */
  missing?: string;
  /** How it fails. */
  fails?: ErrorCode;
  /** What it says of that. */
  says?: string;
  /** How it fails before there is a proof. */
  failsBefore?: ErrorCode;
  /** Of its failure. */
  details?: ErrorDetails;
}

/** Runs proveUser() over methods that behave like this; `events` is all that happened, in order. */
function prove(choice: MethodChoice, behaviours: Partial<Record<MethodName, Behaviour>> = {}, accessLocation?: 'internal' | 'external') {
  const events: string[] = [];
  const method = (name: MethodName): KnownMethod => {
    const { missing, fails, says = `${name} failed`, failsBefore, details = {} } = behaviours[name] ?? {};
    const prepare = async () => {
      if (failsBefore !== undefined) throw new LyncauthError(failsBefore, `${name} cannot begin`);
      return signIn;
    };
    const signIn = async () => {
      events.push(`try ${name}`);
      if (fails !== undefined) throw new LyncauthError(fails, says, { hint: `mend ${name}`, details });
      return token;
    };
    const load = async () => {
      events.push(`load ${name}`);
      return { name, unavailable: () => missing, prepare };
    };
    return { name, byCard: name !== 'password', doing: name, load };
  };
  const credentials: Credentials = {
    preview: { identity: undefined, password: undefined },
    unlock: async () => {
      events.push('ask');
      return { identity: undefined, password: { account: 'alice', secret: new Secret('a password of the methods test') } };
    },
  };
  const request = {
    http,
    log: undefined,
    address: parseAddress('alice@lab.test'),
    trust: { assertTrusted: async () => {} },
    tokenUrl: new URL('https://pool.lab.test/token'),
    grants: [],
    passiveUrl: undefined,
    accessLocation,
    now: () => new Date(),
    progress: { step: <T>(_label: string, work: () => Promise<T>) => work() },
  };
  const methods = (['passive', 'certificate', 'password'] as const).map(method);
  return { events, result: proveUser(choice, request, credentials, methods) };
}

test('the first method that fits is enough: no other is loaded', async () => {
  const { events, result } = prove('auto');
  expect((await result).notUsed).toEqual([
    { method: 'certificate', reason: 'passive came first' },
    { method: 'password', reason: 'only when asked for with --method password' },
  ]);
  expect(events).toEqual(['load passive', 'ask', 'try passive']);
});

test('one that cannot be used is passed over with its reason', async () => {
  const { events, result } = prove('auto', { passive: { missing: 'the pool offers none' } });
  expect(await result).toMatchObject({
    method: { name: 'certificate' },
    notUsed: [{ method: 'passive', reason: 'the pool offers none' }, { method: 'password' }],
  });
  expect(events).toEqual(['load passive', 'load certificate', 'ask', 'try certificate']);
});

test('when none can be used nobody is asked for anything', async () => {
  const { events, result } = prove('auto', { passive: { missing: 'no page' }, certificate: { missing: 'no endpoint' } });
  const error = await failure(result);
  expect(error).toMatchObject({
    code: 'METHOD_NOT_OFFERED',
    message: 'pool.lab.test offers no sign-in with a card (passive: no page; certificate: no endpoint)',
    details: {
      methods: [
        { method: 'passive', reason: 'no page' },
        { method: 'certificate', reason: 'no endpoint' },
      ],
    },
  });
  expect(events).toEqual(['load passive', 'load certificate']);
});

test.each([
  'METHOD_NOT_OFFERED',
  'ADDON_MISSING',
  'CARD_UNSUPPORTED',
  'CLIENT_CERTIFICATE_REFUSED',
  'NETWORK',
  'TIMEOUT',
  'RESPONSE_TOO_LARGE',
  'SERVER_ERROR',
] as const)('after %s, which is the fault of the way, the other way is tried without a second question', async (code) => {
  const { events, result } = prove('auto', { passive: { fails: code } });
  expect(await result).toMatchObject({ method: { name: 'certificate' }, notUsed: [{ method: 'passive', reason: 'passive failed' }, {}] });
  expect(events).toEqual(['load passive', 'ask', 'try passive', 'load certificate', 'try certificate']);
});

test.each([
  'CERTIFICATE_NOT_ACCEPTED',
  'ACCOUNT_DISABLED',
  'SIGN_IN_REFUSED',
  'CLOCK_SKEW',
  'DOMAIN_UNTRUSTED',
  'TLS_UNTRUSTED',
  'CARD_REMOVED',
  'INTERRUPTED',
] as const)('%s is the last word: no other way is tried', async (code) => {
  const { events, result } = prove('auto', { passive: { fails: code } });
  expect((await failure(result)).code).toBe(code);
  expect(events).toEqual(['load passive', 'ask', 'try passive']);
});

test('the time of all servers together being used up leaves none for another way', async () => {
  const { events, result } = prove('auto', { passive: { fails: 'TIMEOUT', details: { timeBudget: 300 } } });
  expect(await failure(result)).toMatchObject({ code: 'TIMEOUT', message: 'passive failed', hint: 'mend passive' });
  expect(events).toEqual(['load passive', 'ask', 'try passive']);
});

test('a secret in the words of a server is not among the reasons, which are stored', async () => {
  const { result } = prove('auto', { passive: { fails: 'SERVER_ERROR', says: `it cannot use ${token.value.reveal()}` } });
  expect((await result).notUsed[0]).toEqual({ method: 'passive', reason: 'it cannot use ***' });
});

test('the wrong certificate of a host that only asks for the card is the fault of the way', async () => {
  const untrusted = { fails: 'TLS_UNTRUSTED', details: { certificateHost: 'certauth.sts.lab.test' } } as const;
  expect(await prove('auto', { passive: untrusted }).result).toMatchObject({
    method: { name: 'certificate' },
    notUsed: [{ method: 'passive', reason: 'passive failed' }, {}],
  });
});

test('a refusal after another way had failed tells of both', async () => {
  const { result } = prove('auto', { passive: { fails: 'NETWORK' }, certificate: { fails: 'SIGN_IN_REFUSED' } });
  expect(await failure(result)).toMatchObject({
    code: 'SIGN_IN_REFUSED',
    message: 'certificate failed; before that the method passive failed: passive failed',
    hint: 'mend certificate',
    details: {
      methods: [
        { method: 'passive', reason: 'passive failed' },
        { method: 'certificate', reason: 'certificate failed' },
      ],
    },
  });
});

test('so does one before the way was gone; an interruption tells of nothing', async () => {
  const { result } = prove('auto', { passive: { fails: 'TIMEOUT' }, certificate: { failsBefore: 'DOMAIN_UNTRUSTED' } });
  expect((await failure(result)).message).toBe('certificate cannot begin; before that the method passive failed: passive failed');
  const ended = await failure(prove('auto', { passive: { fails: 'TIMEOUT' }, certificate: { fails: 'INTERRUPTED' } }).result);
  expect([ended.message, ended.details]).toEqual(['certificate failed', {}]);
});

test('what is not offered here is said with where the pool sees this computer', async () => {
  const none = { passive: { missing: 'no page' }, certificate: { missing: 'no endpoint' } };
  expect((await failure(prove('auto', none, 'external').result)).message).toBe(
    'pool.lab.test offers no sign-in with a card, seen from outside the organisation (passive: no page; certificate: no endpoint)',
  );
  const off = prove('passive', { passive: { fails: 'METHOD_NOT_OFFERED' } }, 'internal');
  expect((await failure(off.result)).message).toBe('passive failed (seen from inside the organisation)');
});

test('what is refused before there is a proof ends it with nobody asked', async () => {
  const { events, result } = prove('auto', { passive: { failsBefore: 'DOMAIN_UNTRUSTED' } });
  expect((await failure(result)).code).toBe('DOMAIN_UNTRUSTED');
  expect(events).toEqual(['load passive']);
});

test('a method that cannot begin leaves it to the next one, which asks', async () => {
  const { events, result } = prove('auto', { passive: { failsBefore: 'SERVER_ERROR' } });
  expect(await result).toMatchObject({
    method: { name: 'certificate' },
    notUsed: [{ method: 'passive', reason: 'passive cannot begin' }, {}],
  });
  expect(events).toEqual(['load passive', 'load certificate', 'ask', 'try certificate']);
});

test('when all fail it is the failure of the first, with what became of the others', async () => {
  const { events, result } = prove('auto', { passive: { fails: 'NETWORK' }, certificate: { fails: 'METHOD_NOT_OFFERED' } });
  expect(await failure(result)).toMatchObject({
    code: 'NETWORK',
    message: 'passive failed; the method certificate failed too: certificate failed',
    hint: 'mend passive',
    details: { methods: [{ method: 'passive' }, { method: 'certificate', reason: 'certificate failed' }] },
  });
  expect(events).not.toContain('load password');
});

test('the password is used when it is asked for by name, and then nothing else is', async () => {
  const { events, result } = prove('password');
  expect(await result).toMatchObject({
    method: { name: 'password' },
    notUsed: [
      { method: 'passive', reason: '--method password was given' },
      { method: 'certificate', reason: '--method password was given' },
    ],
  });
  expect(events).toEqual(['load password', 'ask', 'try password']);
});

test('a method that was asked for by name has no other behind it', async () => {
  const { events, result } = prove('certificate', { certificate: { fails: 'NETWORK' } });
  expect((await failure(result)).code).toBe('NETWORK');
  expect(events).toEqual(['load certificate', 'ask', 'try certificate']);
  expect((await failure(prove('certificate', { certificate: { missing: 'no endpoint' } }).result)).message).toBe(
    'pool.lab.test offers no sign-in with the method certificate (no endpoint)',
  );
});
