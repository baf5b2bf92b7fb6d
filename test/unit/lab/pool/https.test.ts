/** The pool over real HTTPS, walked by plain node:https from discovery to sign-out. */
import { expect, it } from 'vitest';
import { logLine, readLog } from '../../../../src/lab/log.js';
import { type HostedAnswer, useHostedLab } from '../hosted-lab.js';

const lab = useHostedLab();

interface Answer extends Pick<HostedAnswer, 'status' | 'headers'> {
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they know is there
  json: any;
}

async function ask(method: string, url: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> {
  const answer = await lab.ask(url, { method, headers, body });
  return { ...answer, json: answer.body.length === 0 ? undefined : JSON.parse(String(answer.body)) };
}

it('leads from discovery by a password to an application, and ends it', async () => {
  const root = await ask('GET', '/?sipuri=alice@lab.test', { Accept: 'application/json' });
  const user = root.json._links.user.href;

  const refused = await ask('GET', user);
  const tokenUrl = /MsRtcOAuth href="([^"]+)",grant_type="([^"]+)"/.exec(refused.headers['www-authenticate'] ?? '');
  expect([refused.status, tokenUrl?.[2]]).toEqual([401, 'urn:microsoft.rtc:passive,password']);

  const form = new URLSearchParams({ grant_type: 'password', username: 'alice@lab.test', password: 'Practice-alice-46' });
  const token = await ask('POST', tokenUrl?.[1] ?? '', { 'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8' }, String(form));
  expect(token.status).toBe(200);
  const authorization = { Authorization: `Bearer ${token.json.access_token}` };

  const known = await ask('GET', user, authorization);
  const order = JSON.stringify({ UserAgent: 'test', EndpointId: '1', Culture: 'en-US' });
  const json = { ...authorization, 'Content-Type': 'application/json' };
  const application = await ask('POST', known.json._links.applications.href, json, order);
  expect([application.status, application.json._embedded.me.name]).toEqual([201, 'Alice Example']);

  const self = application.json._links.self.href;
  expect((await ask('POST', application.json._embedded.me._links.makeMeAvailable.href, json, '{}')).status).toBe(204);
  expect((await ask('GET', application.json._links.events.href, authorization)).json.sender).toHaveLength(1);
  expect((await ask('DELETE', self, authorization)).status).toBe(204);
  expect((await ask('GET', self, authorization)).status).toBe(404);

  const log = readLog(lab.dir).map(logLine).join('\n');
  expect(log).toContain(` DELETE ${self} LAB\\alice 204\n`);
  expect(log).toContain(' token issued to LAB\\alice by password\n');
  expect(log).toContain(` application ${self.split('/').at(-1)} of LAB\\alice deleted\n`);
  expect(log).not.toContain('Practice-alice-46');
  expect(log).not.toContain('cwt=');
});

it('has the clock of the pool in the Date header, once', async () => {
  lab.fault('clock-skew');
  const { headers } = await ask('GET', '/');

  expect(new Date(headers.date ?? '').getTime() - Date.now()).toBeGreaterThan(3_500_000);
});

it('lets a session outlive the server, as long as its directory is there', async () => {
  const form = new URLSearchParams({ grant_type: 'password', username: 'alice@lab.test', password: 'Practice-alice-46' });
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const { json } = await ask('POST', '/WebTicket/oauthtoken', headers, String(form));
  await lab.stop();
  await lab.start();

  const user = await ask('GET', '/Autodiscover/AutodiscoverService.svc/root/oauth/user', { Authorization: `Bearer ${json.access_token}` });
  expect(user.status).toBe(200);
});
