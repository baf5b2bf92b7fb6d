/** The WS-Trust endpoints of the practice organisation's AD FS: which there are, where, and which are switched on. */
import { type Fault, hasFault } from '../faults.js';
import type { Federation } from '../federation.js';
import { type TrustVersion, trustVersions } from './namespaces.js';

export type EndpointKind = 'usernamemixed' | 'certificatemixed' | 'certificatetransport' | 'windowstransport';

export interface Endpoint {
  readonly version: TrustVersion;
  readonly kind: EndpointKind;
  /** Which host it is at. */
  readonly host: 'sts' | 'certificate';
  /** Absolute. */
  readonly url: string;
}

const KINDS: readonly EndpointKind[] = ['windowstransport', 'certificatemixed', 'certificatetransport', 'usernamemixed'];

/** The endpoints that answer now. */
export function endpoints(federation: Federation, faults: readonly Fault[]): Endpoint[] {
  return trustVersions
    .flatMap((version) => KINDS.map((kind) => endpoint(federation, version, kind)))
    .filter(({ version, kind }) => {
      // AD FS publishes certificatetransport for WS-Trust 2005 only; Windows authentication is not for the outside.
      if (kind === 'certificatetransport' && version.name === '13') return false;
      if (kind === 'windowstransport' && hasFault(faults, 'adfs-outside')) return false;
      return faults.every(({ name, value }) => name !== 'ws-trust' || isAmong(version, kind, value));
    });
}

function endpoint(federation: Federation, version: TrustVersion, kind: EndpointKind): Endpoint {
  const host = kind === 'certificatetransport' ? 'certificate' : 'sts';
  const origin = host === 'sts' ? federation.sts : federation.certificateHost;
  return { version, kind, host, url: `${origin}/adfs/services/trust/${version.name}/${kind}` };
}

function isAmong(version: TrustVersion, kind: EndpointKind, value: string | undefined): boolean {
  switch (value) {
    case 'transport':
      return kind === 'certificatetransport';
    case 'mixed':
      return kind === 'certificatemixed';
    case 'username':
      return kind === 'usernamemixed';
    case '2005':
    case '13':
      return version.name === value;
    default:
      return false;
  }
}
