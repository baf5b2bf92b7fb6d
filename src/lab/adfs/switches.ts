/** How the practice organisation's AD FS behaves at the moment: its generation, and what is switched. Reads faults, does nothing. */
import { createHash } from 'node:crypto';
import { type Fault, type FaultName, findFault, hasFault } from '../faults.js';
import type { TlsSettings } from '../host.js';

const GENERATIONS = ['2.0', '2012r2', '2016', '2019', '2022'] as const;
export type Generation = (typeof GENERATIONS)[number];

export interface Switches {
  readonly generation: Generation;
  /** One page for every step, as from 2019 on. */
  readonly paginated: boolean;
  readonly methods: 'all' | 'certificate' | 'password' | 'windows';
  readonly certificateHost: 'port' | 'certauth';
  readonly certificateByRedirect: boolean;
  readonly directToken: boolean;
  readonly wideCookies: boolean;
  readonly cookieChunks: number;
  readonly sso: boolean;
  readonly withoutSid: boolean;
  readonly deviceAsk: boolean;
  readonly fail: string | undefined;
  readonly theme: string | undefined;
}

/** What the faults that are on make of AD FS; without any it is a current one. */
export function readSwitches(faults: readonly Fault[]): Switches {
  const value = (name: FaultName): string | undefined => findFault(faults, name)?.value;
  const generation = GENERATIONS.find((known) => known === value('adfs')) ?? '2022';
  return {
    generation,
    paginated: generation === '2019' || generation === '2022',
    methods: (value('methods') as Switches['methods'] | undefined) ?? 'all',
    certificateHost: hasFault(faults, 'certificate-host') && generation !== '2012r2' ? 'certauth' : 'port',
    certificateByRedirect: hasFault(faults, 'certificate-by-redirect'),
    directToken: hasFault(faults, 'direct-token'),
    wideCookies: hasFault(faults, 'wide-cookies'),
    cookieChunks: hasFault(faults, 'cookie-chunks') ? Number(value('cookie-chunks') ?? 2) : 1,
    sso: !hasFault(faults, 'no-sso'),
    withoutSid: hasFault(faults, 'no-sid'),
    deviceAsk: hasFault(faults, 'device-ask'),
    fail: value('adfs-fail'),
    theme: value('adfs-theme'),
  };
}

/** What both of its listeners speak: until 2019 nothing newer than TLS 1.2. */
export function tlsVersions(faults: readonly Fault[]): TlsSettings {
  switch (findFault(faults, 'tls')?.value) {
    case '1.2':
      return { maxVersion: 'TLSv1.2' };
    case '1.3':
      return { minVersion: 'TLSv1.3' };
    case 'no-pss':
      return { maxVersion: 'TLSv1.2', sigalgs: 'RSA+SHA256:RSA+SHA384:RSA+SHA512:ECDSA+SHA256:ECDSA+SHA384' };
    default:
      return readSwitches(faults).generation === '2022' ? {} : { maxVersion: 'TLSv1.2' };
  }
}

/** A number that is the same for the same text, for identifiers that pages repeat. */
export function activityId(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-0000-0000-${hex.slice(8, 12)}-0080000000${hex.slice(12, 14)}`;
}
