import { expect, test } from 'vitest';
import { type ErrorCode, LyncauthError } from '../../../src/errors.js';
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
}

/** Runs proveUser() over methods that behave like this; `events` is all that happened, in order. */
function prove(choice: MethodChoice, behaviours: Partial<Record<MethodName, Behaviour>> = {}) {
  const events: string[] = [];
  const method = (name: MethodName): KnownMethod => {
    const { missing, fails } = behaviours[name] ?? {};
    const signIn = async () => {
      events.push(`try ${name}`);
      if (fails !== undefined) throw new LyncauthError(fails, `${name} failed`, { hint: `mend ${name}` });
      return token;
    };
    const load = async () => {
      events.push(`load ${name}`);
      return { name, unavailable: () => missing, signIn };
    };
    return { name, byCard: name !== 'password', doing: name, load };
  };
  const credentials: Credentials = {
    preview: { identity: undefined, password: undefined },
    unlock: async () => {
      events.push('ask');
      return { identity: undefined, password: new Secret('a password of the methods test') };
    },
  };
  const request = {
    http,
    log: undefined,
    address: parseAddress('alice@lab.test'),
    trust: { assertTrusted: async () => {} },
    tokenUrl: new URL('https://pool.lab.test/token'),
    passiveUrl: undefined,
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

test('when all fail it is the failure of the first, with what became of the others', async () => {
  const { events, result } = prove('auto', { passive: { fails: 'NETWORK' }, certificate: { fails: 'METHOD_NOT_OFFERED' } });
  expect(await failure(result)).toMatchObject({
    code: 'NETWORK',
    message: 'passive failed',
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
