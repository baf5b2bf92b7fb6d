/** The ways to prove who the user is, tried in their order. The password is never reached by itself, however little else a pool offers. */
import type { Progress } from '../context.js';
import type { LyncauthError } from '../errors.js';
import { redact } from '../secret.js';
import type { AccessLocation } from './discovery-document.js';
import { afterOthers, allFailed, isOtherWay, noneOffered, type Tried } from './method-failures.js';
import type { MethodInput, MethodName, Proof, Session, SignInMethod, Token } from './types.js';

/** `auto`: with the card, by whatever the pool offers. */
export type MethodChoice = 'auto' | MethodName;

export interface KnownMethod {
  readonly name: MethodName;
  /** Part of `auto`: a method that proves the user by the card. */
  readonly byCard: boolean;
  /** What a person sees meanwhile. */
  readonly doing: string;
  /** What the method brings along is large, and mostly one method is enough. */
  load(): Promise<SignInMethod>;
}

/** While it is seen where the proof would go. */
const LOOKING = 'looking where to sign in';

/** In the order of `auto`. */
export const KNOWN_METHODS: readonly KnownMethod[] = [
  {
    name: 'passive',
    byCard: true,
    doing: 'the card proves who you are (passive sign-in)',
    load: async () => (await import('./passive/method.js')).passiveMethod,
  },
  {
    name: 'certificate',
    byCard: true,
    doing: 'the card proves who you are (WS-Trust)',
    load: async () => (await import('./ws-trust/certificate-method.js')).certificateMethod,
  },
  {
    name: 'password',
    byCard: false,
    doing: 'signing in with the password',
    load: async () => (await import('./ws-trust/password-method.js')).passwordMethod,
  },
];

export interface Credentials {
  /** What is known before anybody gives a PIN or a password: enough to see which methods fit, and not able to prove anything. */
  readonly preview: Proof;
  /** Asks for the PIN or the password; called when a method is about to be tried, and not twice. */
  unlock(): Promise<Proof>;
}

/** All that a method needs but the proof, and where its progress is told. */
export interface ProofRequest extends Omit<MethodInput, keyof Proof> {
  readonly progress: Pick<Progress, 'step'>;
  /** Where the pool sees this computer, as far as it said. */
  readonly accessLocation?: AccessLocation | undefined;
}

export interface ProvedUser {
  readonly method: SignInMethod;
  readonly proof: Proof;
  readonly token: Token;
  readonly notUsed: Session['notUsed'];
}

/**
 * Proves the user to the pool by the method of `choice`, or by the first of the card's that succeeds.
 *
 * @throws LyncauthError METHOD_NOT_OFFERED when none can be used, before anybody is asked for anything; else what the first one that was tried threw
 */
export async function proveUser(
  choice: MethodChoice,
  { progress, accessLocation, ...input }: ProofRequest,
  credentials: Credentials,
  methods: readonly KnownMethod[] = KNOWN_METHODS,
): Promise<ProvedUser> {
  const tried: { method: MethodName; reason: string }[] = [];
  let first: { error: LyncauthError; name: MethodName } | undefined;
  let proof: Proof | undefined;

  /** @returns undefined when it failed and another method may lead in, or else throws what ends it all */
  async function attempt<T>({ name }: KnownMethod, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isOtherWay(error)) throw afterOthers(error, name, tried);
      input.log?.verbose(`the method ${name} failed: ${error.message}`);
      tried.push({ method: name, reason: error.message });
      first ??= { error, name };
      return undefined;
    }
  }

  for (const known of methods.filter((each) => isChosen(each, choice))) {
    const { name, doing } = known;
    const method = await known.load();
    const preview = { ...input, ...(proof ?? credentials.preview) };
    const reason = method.unavailable(preview);
    if (reason !== undefined) {
      tried.push({ method: name, reason });
      continue;
    }
    const signIn = await attempt(known, () => progress.step(LOOKING, () => method.prepare(preview)));
    if (signIn === undefined) continue;
    const given = proof ?? (await credentials.unlock());
    proof = given;
    const token = await attempt(known, () => progress.step(doing, () => signIn(given)));
    if (token !== undefined) return { method, proof, token, notUsed: others(methods, name, choice, tried) };
  }
  throw first === undefined
    ? noneOffered(input.tokenUrl.host, choice, tried, accessLocation)
    : allFailed(first.error, first.name, tried, accessLocation);
}

function isChosen({ name, byCard }: KnownMethod, choice: MethodChoice): boolean {
  return choice === 'auto' ? byCard : name === choice;
}

/** Every method that was not the one, with the reason. */
function others(methods: readonly KnownMethod[], used: MethodName, choice: MethodChoice, tried: Tried): Tried {
  return methods
    .filter(({ name }) => name !== used)
    .map(({ name, byCard }) => {
      if (choice !== 'auto') return { method: name, reason: `--method ${choice} was given` };
      const failed = tried.find(({ method }) => method === name);
      // A reason that holds a server's words is stored, and shown by processes that know none of the secrets of this one.
      if (failed !== undefined) return { method: name, reason: redact(failed.reason) };
      return { method: name, reason: byCard ? `${used} came first` : `only when asked for with --method ${name}` };
    });
}
