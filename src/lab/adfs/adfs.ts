/** The practice organisation's AD FS: which host speaks TLS how, which path is answered by whom, and the log. No sockets. */
import { encodeCertificate } from '../encode.js';
import { readFaults } from '../fault-file.js';
import { SKEW_MS } from '../fault-texts.js';
import { type Fault, findFault, hasFault } from '../faults.js';
import type { Federation } from '../federation.js';
import type { Service as HostService, TlsSettings } from '../host.js';
import { appendLog } from '../log.js';
import { htmlPage, type LabHandler, type LabRequest } from '../message.js';
import { spoil } from '../spoil.js';
import { subjectOf } from './card-user.js';
import { otherIssuers } from './issuer-hints.js';
import { federationMetadata } from './metadata.js';
import { isPassive, passive, passiveWithCertificate } from './passive.js';
import type { AdfsResponse, Service } from './service.js';
import { createSingleSignOn } from './single-sign-on.js';
import { readSwitches, tlsVersions } from './switches.js';
import { isTrustPath, trust } from './trust.js';

/** What the hosts of AD FS ask at every connection. */
export interface Adfs {
  /** @param serverName - the name the client asks for: one that begins with `certauth.` asks for a certificate. */
  ordinaryHost(serverName: string): HostService;
  certificateHost(): HostService;
}

export interface AdfsOptions {
  readonly dir: string;
  readonly federation: Federation;
  /** The organisation's CA, DER. */
  readonly root: Uint8Array;
  now(): Date;
}

type HostName = 'sts' | 'certificate';

/** AD FS with its two hosts; what it remembers of logons is in memory, and goes with it. */
export function createAdfs(options: AdfsOptions): Adfs {
  const { dir } = options;
  const shared = { ...options, signOn: createSingleSignOn(), messages: new Map<string, number>() };
  const service = (faults: readonly Fault[]): Service => {
    const switches = readSwitches(faults);
    const root = switches.fail === 'untrusted-ca' ? undefined : options.root;
    return { ...shared, root, faults, switches, now: () => clock(options, faults) };
  };
  const sts = logged(options, 'sts', (request, faults) => ordinary(request, service(faults)));
  const certificate = logged(options, 'certificate', (request, faults) => withCertificate(request, service(faults)));
  const certificateHost = (): HostService => {
    const faults = readFaults(dir);
    const reset = readSwitches(faults).fail === 'reset';
    return { handler: certificate, reset, tls: { ...tlsVersions(faults), requestCert: true, ...issuerHints(faults, options.root) } };
  };
  return {
    ordinaryHost: (serverName) => {
      if (serverName.startsWith('certauth.')) return certificateHost();
      const faults = readFaults(dir);
      const { deviceAsk, generation } = readSwitches(faults);
      // AD FS 2.0 asks for it late, at one path, which Node cannot: here it may come with the handshake, for that path.
      return { handler: sts, tls: { ...tlsVersions(faults), ...(deviceAsk || generation === '2.0' ? { requestCert: true } : {}) } };
    },
    certificateHost,
  };
}

/** What time it is to AD FS. */
function clock({ now }: AdfsOptions, faults: readonly Fault[]): Date {
  return new Date(now().getTime() + (hasFault(faults, 'adfs-clock-skew') ? SKEW_MS : 0));
}

function issuerHints(faults: readonly Fault[], root: Uint8Array): TlsSettings {
  switch (findFault(faults, 'ca-hints')?.value) {
    case 'other':
      return { ca: otherIssuers(1) };
    case 'huge':
      return { ca: otherIssuers(600) };
    case 'empty':
      return {};
    default:
      return { ca: [encodeCertificate(root)] };
  }
}

function ordinary(request: LabRequest, service: Service): AdfsResponse {
  const path = request.path.toLowerCase();
  const late = service.switches.generation === '2.0' && path.startsWith('/adfs/ls/auth/sslclient/');
  if (request.peerCertificate !== undefined && !late) {
    return { ...htmlPage('', 403), note: 'a certificate was shown at the port that must not see it' };
  }
  if (path === '/federationmetadata/2007-06/federationmetadata.xml') return federationMetadata(service.federation);
  if (isTrustPath(request)) return trust(request, service, 'sts');
  return isPassive(request) ? passive(request, service) : htmlPage('', 404);
}

function withCertificate(request: LabRequest, service: Service): AdfsResponse {
  if (isTrustPath(request)) return trust(request, service, 'certificate');
  return isPassive(request) ? passiveWithCertificate(request, service) : htmlPage('', 404);
}

/** Neither queries nor bodies are logged: they carry context and tokens. */
function logged(options: AdfsOptions, host: HostName, answer: (request: LabRequest, faults: readonly Fault[]) => AdfsResponse): LabHandler {
  const { dir, now } = options;
  return (request) => {
    const entry = (response: AdfsResponse, error?: string): AdfsResponse => {
      const { peerCertificate, tlsVersion } = request;
      appendLog(dir, now(), {
        event: 'http',
        method: request.method,
        path: request.path,
        host,
        account: response.account?.name,
        status: response.status,
        ...(peerCertificate === undefined ? {} : { certificate: subjectOf(peerCertificate) }),
        ...(tlsVersion === undefined ? {} : { tlsVersion }),
        ...(response.note === undefined ? {} : { note: response.note }),
        ...(error === undefined ? {} : { error }),
      });
      return response;
    };
    try {
      const faults = readFaults(dir);
      const response = entry(spoil(request, 'adfs', faults, () => answer(request, faults)));
      return { ...response, headers: { Date: clock(options, faults).toUTCString(), ...response.headers } };
    } catch (error) {
      return entry(htmlPage('', 500), String(error));
    }
  };
}
