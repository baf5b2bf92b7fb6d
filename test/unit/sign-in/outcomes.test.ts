/** Ends of a sign-in that take names and accounts which no practice organisation has: made with the parts of the program they come from. */
import { afterEach, expect, onTestFinished, test } from 'vitest';
import type { LyncauthError } from '../../../src/errors.js';
import { exchangeFailure } from '../../../src/http/failure.js';
import { parseAddress } from '../../../src/sign-in/address.js';
import { certificateHostFailure } from '../../../src/sign-in/certificate-host.js';
import { discover } from '../../../src/sign-in/discovery.js';
import { passiveMethod } from '../../../src/sign-in/passive/method.js';
import { withLock } from '../../../src/store/locks.js';
import { statePaths } from '../../../src/store/paths.js';
import { failure } from '../../support/failure.js';
import { createPoolServers, type PoolServers } from '../../support/pool-server.js';
import { startPracticeHosts } from '../../support/practice-hosts.js';
import { practiceInput } from '../../support/practice-input.js';
import { signInBy } from '../../support/sign-in-by.js';
import { sections } from '../../support/sign-in-outcomes/all.js';
import type { PartCircumstance } from '../../support/sign-in-outcomes/outcome.js';
import { tempDir } from '../../support/temp-dir.js';

const alice = parseAddress('alice@lab.test');
let servers: PoolServers | undefined;
afterEach(async () => {
  await servers?.close();
  servers = undefined;
});

/** Under each of them the error, with its hosts by the names of the table. */
const circumstances: Record<PartCircumstance, () => Promise<[LyncauthError, (text: string) => string]>> = {
  "a card whose certificate is nobody's": async () => {
    const hosts = await startPracticeHosts();
    onTestFinished(() => hosts.close());
    const error = await failure(signInBy(passiveMethod, practiceInput(hosts, hosts.card(null))));
    return [error, (text) => text.replace(hosts.certificateHost.host, 'ADFS:49443')];
  },
  'another run that uses the card': async () => {
    const paths = { ...statePaths({}), lockDir: tempDir('locks') };
    const error = await withLock(paths, '1', () => failure(withLock(paths, '1', async () => undefined, { waitMs: 0 })));
    return [error, (text) => text.replace(`process ${process.pid}`, 'process NUMBER')];
  },
  'a portal that answers at every name': async () => {
    servers = createPoolServers();
    const portal = await servers.https();
    portal.on('GET /', { body: '<!DOCTYPE html><title>Guest network</title>' });
    return await discoveryAt(servers, portal.url);
  },
  'another web site at lyncdiscover.lab.test': async () => {
    servers = createPoolServers();
    const site = await servers.https(servers.authority.identity({ dnsNames: ['www.lab.test'], ipAddresses: [] }));
    return await discoveryAt(servers, site.url);
  },
  'no entry for certauth.ADFS in DNS': async () => atCertauth('ENOTFOUND'),
  'a certificate of AD FS without the name certauth.ADFS': async () => atCertauth('ERR_TLS_CERT_ALTNAME_INVALID'),
};

async function discoveryAt({ http, plain }: PoolServers, url: string): Promise<[LyncauthError, (text: string) => string]> {
  const error = await failure(discover(alice, { http, plain, origins: () => [new URL(url)] }));
  return [error, (text) => text.replaceAll(/\blocalhost(?::\d+)?/g, 'lyncdiscover.lab.test')];
}

function atCertauth(code: string): [LyncauthError, (text: string) => string] {
  const url = new URL('https://certauth.sts.lab.test/adfs/ls/');
  const thrown = Object.assign(new Error(code), { code, cert: { subjectaltname: 'DNS:sts.lab.test' } });
  const error = certificateHostFailure(exchangeFailure(thrown, { url, requestSent: false }), url);
  return [error, (text) => text.replaceAll('sts.lab.test', 'ADFS')];
}

test.each(Object.entries(circumstances))('%s', async (circumstance, meet) => {
  const [error, named] = await meet();

  const rows = sections.flatMap((section) => section.rows).filter(({ given }) => given === circumstance);
  expect(rows).toMatchObject([{ exit: error.exitCode, code: error.code, says: named(error.message), hint: named(error.hint ?? '') }]);
});
