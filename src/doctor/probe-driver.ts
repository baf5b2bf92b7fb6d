/** Looks at one driver and the cards behind it, inside the process of a probe: the driver may end that process. Uses no PIN. Loads native code. */
import { isLyncauthError } from '../errors.js';
import type { Blocking } from '../pkcs11/calls.js';
import { listCertificates } from '../pkcs11/certificates.js';
import { pinWithMark } from '../pkcs11/first-use.js';
import { listKeys } from '../pkcs11/keys.js';
import { type CardModule, loadModule } from '../pkcs11/module.js';
import { selectReader } from '../pkcs11/select.js';
import type { Reader, TokenInfo } from '../pkcs11/types.js';
import type { CardFacts, DriverFacts, ProfileFacts, ReaderFacts, Trouble } from './facts.js';
import { asTrouble } from './trouble.js';

export interface CardChoice {
  /** Label, serial number or PKCS#11 URI of the only card to be looked at. */
  card?: string | undefined;
  reader?: string | undefined;
}

export interface Onlooker {
  /** Gets what the driver shows, before the driver is finalised. */
  look(facts: DriverFacts): Promise<void>;
  /** Is told of every call of the driver before it is made. */
  calling(call: string): void;
  /** Runs every call. */
  blocking: Blocking;
}

/** @param path - of the library, absolute @throws what loadModule() throws */
export async function probeDriver(path: string, choice: CardChoice, { look, calling, blocking }: Onlooker): Promise<void> {
  const watch = (call: string) => {
    calling(call);
    return () => {};
  };
  const module = loadModule(path, { watch, blocking });
  try {
    const { readers, notFound } = meantReaders(module.readers(), choice);
    await look({ profile: profileOf(module), readers: readers.map((reader) => lookAt(module, reader)), notFound });
  } finally {
    module.close();
  }
}

function profileOf({ driver: { id, name, kind, proxy } }: CardModule): ProfileFacts {
  return { id, name, kind, ...(proxy === undefined ? {} : { proxy }) };
}

/** All readers, or the one that the flags name: another card is not touched then. */
function meantReaders(readers: Reader[], { card, reader }: CardChoice): { readers: Reader[]; notFound?: Trouble } {
  if (card === undefined && reader === undefined) return { readers };
  try {
    return { readers: [selectReader(readers, card, reader)] };
  } catch (error) {
    return { readers: [], notFound: asTrouble(error) };
  }
}

function lookAt(module: CardModule, reader: Reader): ReaderFacts {
  const { name, present, token, error } = reader;
  if (error !== undefined) return { name, present, trouble: asTrouble(error) };
  if (token === undefined) return { name, present };
  try {
    return { name, present, card: readCard(module, reader, token) };
  } catch (failure) {
    if (!isLyncauthError(failure)) throw failure;
    return { name, present, trouble: asTrouble(failure) };
  }
}

function readCard(module: CardModule, reader: Reader, token: TokenInfo): CardFacts {
  const empty = { ...token, unblock: module.driver.unblock, certificates: [], keys: [] };
  if (!token.initialized) return empty;
  const session = module.openSession(reader, 'read-only');
  try {
    return {
      ...empty,
      unblock: session.driver.unblock,
      pin: pinWithMark(session, token.pin),
      certificates: listCertificates(session).map(({ id, label, der }) => ({
        keyId: id.toString('hex'),
        label,
        der: der.toString('base64'),
      })),
      keys: listKeys(session).map(({ id, label, type, publicKey }) => ({
        id: id.toString('hex'),
        label,
        type,
        publicKey: publicKey?.toString('base64'),
      })),
    };
  } finally {
    session.close();
  }
}
