/** Brings a lab directory to life: CA and pool, AD FS, their HTTPS hosts; or opens its CA alone, for what is done from another process. */
import { type Adfs, createAdfs } from './adfs/adfs.js';
import type { Authority } from './authority.js';
import { createServerCredentials, openRoot, readRoot } from './authority-files.js';
import { readSettings, writeSettings } from './directory.js';
import { createFederation, openTokenSigning, type Sites } from './federation.js';
import { type FrontEndListener, startBehindFrontEnd } from './front-end.js';
import { type HostOptions, type Service, startHost } from './host.js';
import { createOrganisation } from './organisation.js';

export interface Practice extends Sites {
  /** `https://localhost:PORT`, of CA and pool. */
  readonly origin: string;
  close(): Promise<void>;
}

type FrontEndSockets = Readonly<Record<'sts' | 'certificateHost', string>>;

export interface PracticeOptions {
  /** Where the organisation says its hosts are, when that is not `https://localhost:PORT`: behind front ends, or under names. */
  readonly sites?: Partial<Sites>;
  /** More names for the certificate of its hosts, beside localhost. */
  readonly dnsNames?: readonly string[];
  /** Address and port to listen on; 127.0.0.1 and any, or the port it had before, unless given. */
  readonly listen?: Readonly<Partial<Record<keyof Sites, HostOptions>>>;
  /** Also listens, at these socket files, for other programs that speak TLS in the place of AD FS and say what certificate they were shown. For tests. */
  readonly frontEnds?: FrontEndSockets;
}

/**
 * Starts the practice organisation of `dir`, on the ports it had before when they are free.
 *
 * @param dir - a lab directory.
 */
export async function startPractice(dir: string, now: () => Date, options: PracticeOptions = {}): Promise<Practice> {
  const [root, signing] = await Promise.all([openRoot(dir, now()), openTokenSigning(dir, now())]);
  const credentials = await createServerCredentials(dir, root, now(), options.dnsNames);
  const settings = readSettings(dir);
  // Handlers name each other's addresses, which are known once every host listens.
  let services: Record<keyof Sites, (serverName: string) => Service> | undefined;
  const start = (site: keyof Sites, port: number | undefined) => {
    const select = (serverName: string): Service => services?.[site](serverName) ?? { handler: notReady };
    return startHost(credentials, select, { port, ...options.listen?.[site] });
  };
  const [pool, sts, certificateHost] = await Promise.all([
    start('pool', settings.port),
    start('sts', settings.stsPort),
    start('certificateHost', settings.certificatePort),
  ]);
  const sites = { pool: pool.origin, sts: sts.origin, certificateHost: certificateHost.origin, ...options.sites };
  const federation = createFederation(sites, signing);
  const organisation = { handler: createOrganisation({ dir, root, origin: sites.pool, now }, federation) };
  const adfs = createAdfs({ dir, root: root.certificate, federation, now });
  const behind = options.frontEnds === undefined ? [] : await startFrontEnds(adfs, options.frontEnds);
  services = { pool: () => organisation, sts: adfs.ordinaryHost, certificateHost: adfs.certificateHost };
  writeSettings(dir, { ...settings, port: pool.port, stsPort: sts.port, certificatePort: certificateHost.port });
  return {
    ...sites,
    origin: sites.pool,
    close: async () => {
      await Promise.all([pool, sts, certificateHost, ...behind].map((host) => host.close()));
    },
  };
}

async function startFrontEnds(adfs: Adfs, sockets: FrontEndSockets): Promise<FrontEndListener[]> {
  return await Promise.all([
    startBehindFrontEnd(adfs.ordinaryHost('').handler, sockets.sts),
    startBehindFrontEnd(adfs.certificateHost().handler, sockets.certificateHost),
  ]);
}

function notReady() {
  return { status: 503, headers: {}, body: '' };
}

/** The CA of a directory that was started at least once, to decide about its requests from another process. */
export function openAuthority(dir: string, now: () => Date): Authority {
  return { dir, root: readRoot(dir), origin: `https://localhost:${readSettings(dir).port ?? 443}`, now };
}
