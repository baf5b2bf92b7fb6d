/** What AD FS and the pool that relies on it know of each other: addresses, names and the token-signing certificate. */
import { createPrivateKey, generateKeyPair, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Issuer, selfSigned } from '../x509/issue-certificate.js';
import { writePrivate } from './directory.js';
import { encodeCertificate } from './encode.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const SIGNING_DAYS = 3650;
const generate = promisify(generateKeyPair);

/** Origins of the three hosts: `https://localhost:PORT`, no slash. */
export interface Sites {
  readonly pool: string;
  readonly sts: string;
  /** Where AD FS asks for the client certificate. */
  readonly certificateHost: string;
}

export interface Federation extends Sites {
  /** The federation service's own name, in its tokens and its metadata. */
  readonly issuer: string;
  readonly relyingParty: RelyingParty;
  /** The token-signing certificate and its key. */
  readonly signing: Issuer;
}

export interface RelyingParty {
  /** `wtrealm`, and the audience of its tokens. */
  readonly identifier: string;
  /** Where its tokens are posted to. */
  readonly endpoint: string;
}

/** What pool and AD FS know of each other. @param signing - the token-signing certificate and its key */
export function createFederation(sites: Sites, signing: Issuer): Federation {
  return {
    ...sites,
    issuer: 'http://sts.lab.test/adfs/services/trust',
    relyingParty: relyingPartyAt(sites.pool),
    signing,
  };
}

/** The relying party that the pool is by one of its names; `origin` is `https://localhost:8443`. */
export function relyingPartyAt(origin: string): RelyingParty {
  return { identifier: `${origin}/PassiveAuth`, endpoint: `${origin}/PassiveAuth/PassiveAuth.aspx` };
}

/** The pool by its other name, for users who are at home elsewhere: another host and another relying party, as far as tokens go. */
export function otherPool({ pool }: Sites): string {
  const url = new URL(pool);
  url.hostname = '127.0.0.1';
  return url.origin;
}

/** The relying party called `realm` (`wtrealm`, AppliesTo), or undefined when AD FS knows none by that name. */
export function findRelyingParty(federation: Federation, realm: string | null | undefined): RelyingParty | undefined {
  return [federation.relyingParty, relyingPartyAt(otherPool(federation))].find(({ identifier }) => identifier === realm);
}

/** The token-signing certificate of `dir`, self-signed as AD FS makes it, made when there is none. */
export async function openTokenSigning(dir: string, now: Date): Promise<Issuer> {
  const keyFile = join(dir, 'token-signing.key');
  const certificateFile = join(dir, 'token-signing.pem');
  if (!existsSync(certificateFile)) {
    const { privateKey } = await generate('rsa', { modulusLength: 2048 });
    const certificate = selfSigned(
      {
        subject: 'CN=ADFS Signing - sts.lab.test',
        notBefore: new Date(now.getTime() - DAY_MS),
        notAfter: new Date(now.getTime() + SIGNING_DAYS * DAY_MS),
        keyUsage: ['digitalSignature'],
      },
      privateKey,
    );
    writePrivate(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
    writePrivate(certificateFile, encodeCertificate(certificate));
  }
  return { key: createPrivateKey(readFileSync(keyFile)), certificate: new X509Certificate(readFileSync(certificateFile)).raw };
}
