/** The ways to prove who the user is, tried in their order. The password is never reached by itself, however little else a pool offers. */
import type { Progress } from '../context.js';
import { type ErrorCode, isLyncauthError, LyncauthError } from '../errors.js';
import type { MethodInput, MethodName, Session, SignInMethod, Token } from './types.js';

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

/** What proves the user: the card, or a password. */
export type Proof = Pick<MethodInput, 'identity' | 'password'>;

export interface Credentials {
  /** What is known before anybody gives a PIN or a password: enough to see which methods fit, and not able to prove anything. */
  readonly preview: Proof;
  /** Asks for the PIN or the password; called when a method is about to be tried, and not twice. */
  unlock(): Promise<Proof>;
}

/** All that a method needs but the proof, and where its progress is told. */
export interface ProofRequest extends Omit<MethodInput, keyof Proof> {
  readonly progress: Pick<Progress, 'step'>;
}

export interface ProvedUser {
  readonly method: SignInMethod;
  readonly proof: Proof;
  readonly token: Token;
  readonly notUsed: Session['notUsed'];
}

/** Failures that belong to the way and not to the user: another way may lead in. A firewall may close the certificate port, and a page may be new. */
const OTHER_WAY: readonly ErrorCode[] = [
  'METHOD_NOT_OFFERED',
  'LOGON_UNSUPPORTED',
  'ADDON_MISSING',
  'CARD_UNSUPPORTED',
  'CLIENT_CERTIFICATE_REFUSED',
  'REDIRECT_REFUSED',
  'SERVER_ERROR',
  'NETWORK',
  'TIMEOUT',
];

/**
 * Proves the user to the pool by the method of `choice`, or by the first of the card's that succeeds.
 *
 * @throws LyncauthError METHOD_NOT_OFFERED when none can be used, before anybody is asked for anything; else what the first one that was tried threw
 */
export async function proveUser(
  choice: MethodChoice,
  { progress, ...input }: ProofRequest,
  credentials: Credentials,
  methods: readonly KnownMethod[] = KNOWN_METHODS,
): Promise<ProvedUser> {
  const reasons = new Map<MethodName, string>();
  let proof: Proof | undefined;
  let failure: LyncauthError | undefined;
  for (const known of methods.filter((each) => isChosen(each, choice))) {
    const method = await known.load();
    const reason = method.unavailable({ ...input, ...(proof ?? credentials.preview) });
    if (reason !== undefined) {
      reasons.set(known.name, reason);
      continue;
    }
    proof ??= await credentials.unlock();
    const complete = { ...input, ...proof };
    try {
      const token = await progress.step(known.doing, () => method.signIn(complete));
      return { method, proof, token, notUsed: others(methods, method.name, choice, reasons) };
    } catch (error) {
      if (!isLyncauthError(error, ...OTHER_WAY)) throw error;
      input.log?.verbose(`the method ${known.name} failed: ${error.message}`);
      reasons.set(known.name, error.message);
      failure ??= error;
    }
  }
  const tried = [...reasons].map(([method, reason]) => ({ method, reason }));
  throw failure === undefined ? notOffered(input, choice, tried) : withReasons(failure, tried);
}

function isChosen({ name, byCard }: KnownMethod, choice: MethodChoice): boolean {
  return choice === 'auto' ? byCard : name === choice;
}

/** Every method that was not the one, with the reason. */
function others(
  methods: readonly KnownMethod[],
  used: MethodName,
  choice: MethodChoice,
  reasons: Map<MethodName, string>,
): Session['notUsed'] {
  return methods
    .filter(({ name }) => name !== used)
    .map(({ name, byCard }) => {
      if (choice !== 'auto') return { method: name, reason: `--method ${choice} was given` };
      return { method: name, reason: reasons.get(name) ?? (byCard ? `${used} came first` : `only when asked for with --method ${name}`) };
    });
}

type Tried = { method: MethodName; reason: string }[];

function notOffered({ tokenUrl }: Pick<MethodInput, 'tokenUrl'>, choice: MethodChoice, tried: Tried): LyncauthError {
  const what = choice === 'auto' ? 'no sign-in with a card' : `no sign-in with the method ${choice}`;
  const why = tried.map(({ method, reason }) => (choice === 'auto' ? `${method}: ${reason}` : reason)).join('; ');
  return new LyncauthError('METHOD_NOT_OFFERED', `${tokenUrl.host} offers ${what} (${why})`, {
    hint:
      choice === 'auto'
        ? 'ask your helpdesk whether your account signs in with a card; a password is used only with --method password'
        : 'leave --method out to use what is offered',
    details: { methods: tried },
  });
}

/** The way that should have led in is the one to mend; what became of the others stands beside it. */
function withReasons(failure: LyncauthError, tried: Tried): LyncauthError {
  return new LyncauthError(failure.code, failure.message, {
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
    details: { ...failure.details, methods: tried },
    cause: failure,
  });
}
