/** The hosted practice organisation over real HTTPS, asked by plain node:https. */
import { once } from 'node:events';
import { connect } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readLog } from '../../../src/lab/log.js';
import { startPractice } from '../../../src/lab/practice.js';
import { readRecord } from '../../../src/lab/records.js';
import { type HostedAnswer, useHostedLab } from './hosted-lab.js';
import { basicLogon, createCsr } from './practice-lab.js';

const lab = useHostedLab();

/** As alice, logged on; with `form` as a POST of it. */
function ask(path: string, form?: Record<string, string>): Promise<HostedAnswer> {
  const headers = { Authorization: basicLogon('LAB\\alice') };
  if (form === undefined) return lab.ask(path, { headers });
  const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return lab.ask(path, { method: 'POST', headers: { ...headers, ...type }, body: new URLSearchParams(form).toString() });
}

function submit(): Promise<HostedAnswer> {
  return ask('/certsrv/certfnsh.asp', { Mode: 'newreq', CertRequest: createCsr(lab), CertAttrib: 'CertificateTemplate:SmartcardUser' });
}

describe('the host', () => {
  it('issues over HTTPS that verifies with the root for localhost and for 127.0.0.1', async () => {
    expect(String((await submit()).body)).toContain('certnew.cer?ReqID=83&amp;Enc=b64');

    const otherName = lab.origin.replace('localhost', '127.0.0.1');
    expect(String((await ask(`${otherName}/certsrv/certnew.cer?ReqID=83&Enc=b64`)).body)).toBe(readRecord(lab.dir, 83)?.certificate);
  });

  it('puts its own address into certificates, where the list of revoked ones is', async () => {
    await submit();
    lab.write('user.pem', readRecord(lab.dir, 83)?.certificate ?? '');
    const url = /URI:(https:\S+\.crl)/.exec(lab.openssl('x509', '-in', 'user.pem', '-noout', '-text'))?.[1] ?? '';

    expect(url.startsWith(lab.origin)).toBe(true);
    expect((await ask(new URL(url).pathname)).headers['content-type']).toBe('application/pkix-crl');
  });

  it('sends every scheme on a line of its own', async () => {
    lab.fault('no-basic');
    const { status, rawHeaders } = await ask('/certsrv/');

    expect(status).toBe(401);
    expect(rawHeaders.filter((name) => name === 'WWW-Authenticate')).toHaveLength(2);
  });

  it('takes the port it had before, and another one while that is taken', async () => {
    const second = await startPractice(lab.dir, () => new Date());
    expect(second.origin).not.toBe(lab.origin);
    await lab.stop();
    await second.close();

    await lab.start();
    expect(lab.origin).toBe(second.origin);
  });

  it('refuses a body of more than 1 MiB', async () => {
    const { status } = await ask('/certsrv/certfnsh.asp', { CertRequest: 'A'.repeat(1024 * 1024) });
    expect(status).toBe(413);
  });

  it('closes at once while an answer is still to come', async () => {
    lab.fault('slow=600000');
    const waiting = expect(ask('/certsrv/')).rejects.toThrow('socket hang up');
    while (readLog(lab.dir).length === 0) await new Promise(setImmediate);

    await lab.stop();
    await waiting;
    await lab.start();
  });

  it('lives on after a client that speaks no HTTP', async () => {
    const socket = connect({ port: Number(new URL(lab.origin).port), rejectUnauthorized: false });
    socket.write('\u0000nonsense\r\n\r\n');
    socket.resume();
    await once(socket, 'close');

    expect((await ask('/certsrv/')).status).toBe(200);
  });
});

describe('a fault of the transfer', () => {
  it('cut-after-submit takes the request and cuts the connection', async () => {
    lab.fault('cut-after-submit');

    await expect(submit()).rejects.toThrow('socket hang up');
    expect(readRecord(lab.dir, 83)?.status).toBe('issued');
  });

  it('slow answers late, and only at its step', async () => {
    lab.fault('slow=150@submit');
    const before = await ask('/certsrv/');
    const begin = performance.now();
    const response = await submit();

    expect([before.status, response.status]).toEqual([200, 200]);
    expect(performance.now() - begin).toBeGreaterThan(140);
  });

  it('server-error answers 500 and takes nothing', async () => {
    lab.fault('server-error@submit');

    expect((await submit()).status).toBe(500);
    expect(readRecord(lab.dir, 83)).toBeUndefined();
    expect((await ask('/certsrv/')).status).toBe(200);
  });

  it('huge-body sends 4 MiB without saying so first', async () => {
    lab.fault('huge-body');
    const { headers, body } = await ask('/certsrv/');

    expect(headers['content-length']).toBeUndefined();
    expect(body.length).toBeGreaterThan(4 * 1024 * 1024);
  });

  it('huge-body=gzip sends little that unpacks to 4 MiB', async () => {
    lab.fault('huge-body=gzip');
    const { headers, body } = await ask('/certsrv/');

    expect(headers['content-encoding']).toBe('gzip');
    expect(body.length).toBeLessThan(64 * 1024);
    expect(gunzipSync(body).length).toBeGreaterThan(4 * 1024 * 1024);
  });

  it('redirect sends the client to another host', async () => {
    lab.fault('redirect@templates');
    const { status, headers } = await ask('/certsrv/certrqxt.asp');

    expect([status, headers.location]).toEqual([302, 'https://elsewhere.invalid/certsrv/certrqxt.asp']);
  });
});
