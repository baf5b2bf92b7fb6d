/** `lyncauth sign-in`: the address, the card, its PIN: signed in. */
import { chooseCard } from '../card-access/choose-card.js';
import { chooseCertificate, keyOf, type UserCertificate } from '../card-access/choose-certificate.js';
import { clientIdentity } from '../card-access/client-identity.js';
import { lockedIdentity } from '../card-access/locked-identity.js';
import { askPin, logIn, pinForSignature, warnOfFailures } from '../card-access/log-in.js';
import { openModule } from '../card-access/open-module.js';
import { pinAtHand } from '../card-access/pin-at-hand.js';
import type { Context, Outcome } from '../context.js';
import { enrollmentTraces } from '../enrollment/forget.js';
import type { CardModule } from '../pkcs11/module.js';
import { assertPinUsable } from '../pkcs11/pin.js';
import type { PinEntry } from '../pkcs11/pin-entry.js';
import { cardKey } from '../pkcs11/same-card.js';
import type { CardSession } from '../pkcs11/session.js';
import { Secret } from '../secret.js';
import { askAddress, type SignInAnswers, type SignInOptions, signInAnswers } from '../sign-in/answers.js';
import { type FreshStart, freshStart } from '../sign-in/forget-first.js';
import type { Credentials } from '../sign-in/methods.js';
import { reportSignedIn } from '../sign-in/report.js';
import { type SignInRequest, signIn } from '../sign-in/sign-in.js';
import { togetherMs } from '../sign-in/time-limit.js';
import { plainRequests, sessionTools } from '../sign-in/tools.js';
import { trustFor } from '../sign-in/trust.js';
import type { Address } from '../sign-in/types.js';
import { withLock } from '../store/locks.js';
import type { CardOptions, PinOptions } from './flags.js';

export interface Options extends SignInOptions, CardOptions, PinOptions {
  keyId?: string;
}

/** @throws LyncauthError as signIn(), chooseCertificate() and logIn(); INPUT_REQUIRED for a missing answer; BUSY while another run holds the card */
export async function run(context: Context, options: Options): Promise<Outcome> {
  const answers = await signInAnswers(context, options);
  const fresh = await freshStart(context, answers, sessionTools(context, answers));
  const outcome =
    answers.method === 'password' ? await withPassword(context, answers, fresh) : await withCard(context, options, answers, fresh);
  if (options.serverGiven === true) context.progress.note(`to have the server every time: lyncauth config set server ${options.server}`);
  return outcome;
}

async function withPassword(context: Context, answers: SignInAnswers, fresh: FreshStart): Promise<Outcome> {
  const address = await askAddress(context, fresh.source);
  const account = answers.user ?? address.text;
  const question = { message: `password of ${account}`, flag: '--password-file', file: answers.passwordFile };
  // A file that cannot be used is found out before a server is asked.
  const given = answers.passwordFile === undefined ? undefined : await context.prompter.secret(question);
  const asked: Credentials = {
    preview: { identity: undefined, password: { account, secret: new Secret('') } },
    unlock: async () => ({ identity: undefined, password: { account, secret: given ?? (await context.prompter.secret(question)) } }),
  };
  const credentials = await fresh.forgetWith(asked, enrollmentTraces(context.paths, { abandon: false }));
  return await hold(context, answers, address, { credentials, user: account, certificate: undefined });
}

async function withCard(context: Context, options: Options, answers: SignInAnswers, fresh: FreshStart): Promise<Outcome> {
  const { source } = fresh;
  // What fills the address in is checked first; a card that has to is waited for first.
  const known = source.given ?? source.last;
  const typed = known === undefined ? undefined : await askAddress(context, source);
  const module = await openModule(context, options);
  const card = options.card ?? (await context.settings()).get('card');
  const reader = await chooseCard(context, module, { ...options, card, wait: options.wait ?? waitFor(module) });
  return await withLock(context.paths, cardKey(reader.token), async () => {
    const session = module.openSession(reader, 'read-only');
    try {
      const certificate = await chooseCertificate(context, session, { keyId: options.keyId, address: typed?.text });
      warnOfFailures(context, reader.token);
      assertPinUsable(session, { attended: context.prompter.interactive });
      const given = await pinAtHand(context, module, session, options);
      const { upn, sha256, notAfter } = certificate.info;
      const address = typed ?? (await askAddress(context, { ...source, last: upn }));
      const asked = cardCredentials(context, options, session, { certificate, pin: given });
      const others = enrollmentTraces(context.paths, { abandon: false, held: cardKey(reader.token) });
      const credentials = await fresh.forgetWith(asked, others);
      return await hold(context, answers, address, { credentials, user: upn.toLowerCase(), certificate: { sha256, notAfter } });
    } finally {
      session.close();
    }
  });
}

/** A virtual card is part of the computer: it is there or it is not. Undefined leaves it to whether a person is there. */
function waitFor({ driver }: CardModule): number | undefined {
  return driver.kind === 'virtual' ? 0 : undefined;
}

function cardCredentials(
  context: Context,
  options: Options,
  session: CardSession,
  { certificate, pin: given }: { certificate: UserCertificate; pin: PinEntry | undefined },
): Credentials {
  return {
    preview: { identity: lockedIdentity(certificate), password: undefined },
    unlock: async () => {
      const pin = given ?? (await askPin(context, session, options));
      logIn(context, session, pin);
      const key = keyOf(session, certificate);
      return {
        identity: clientIdentity(session, key, certificate.info.der, { pin, contextPin: pinForSignature(context, session, pin) }),
        password: undefined,
      };
    },
  };
}

async function hold(
  context: Context,
  answers: SignInAnswers,
  address: Address,
  proof: Pick<SignInRequest, 'credentials' | 'user' | 'certificate'>,
): Promise<Outcome> {
  const { method, server, timeout } = answers;
  const { log, progress, now } = context;
  const tools = sessionTools(context, answers);
  const [http, plain] = await Promise.all([tools.http(), plainRequests(context, answers)]);
  const request = { address, server, method, trust: trustFor(context, address, answers), ...proof };
  return reportSignedIn(await signIn(request, { ...tools, http, plain, log, progress, togetherMs: togetherMs(timeout) }), now());
}
