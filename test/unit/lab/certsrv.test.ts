/** The certsrv pages, by the marks that clients of real servers go by. */
import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { approveRequest, denyRequest } from '../../../src/lab/authority.js';
import { readLog } from '../../../src/lab/log.js';
import { BROWSER, createCsr, createLab, type Lab } from './practice-lab.js';

let lab: Lab;

beforeEach(async () => {
  lab = await createLab();
});

afterEach(() => {
  lab.remove();
});

/** Ids of paragraphs, in order. */
function ids(page: string | Buffer): string[] {
  return [...String(page).matchAll(/<P ID=(\w+)>/g)].map(([, id]) => id ?? '');
}

describe('the logon', () => {
  it.each(['LAB\\alice', 'lab\\ALICE', 'alice@lab.test'])('lets in %s', (user) => {
    expect(lab.ask('/certsrv/', { user, password: 'Practice-alice-46' }).status).toBe(200);
  });

  it.each([
    ['nobody', { user: null }],
    ['a wrong password', { password: 'wrong' }],
    ['an unknown account', { user: 'LAB\\mallory', password: 'x' }],
    ['an account without its domain', { user: 'alice', password: 'Practice-alice-46' }],
  ])('refuses %s with one line for each scheme', (_, options) => {
    const response = lab.ask('/certsrv/', options);

    expect(response.status).toBe(401);
    expect(response.headers['WWW-Authenticate']).toEqual(['Negotiate', 'NTLM', 'Basic realm="lyncauth practice organisation"']);
  });

  it('offers no Basic, and takes none, under the fault no-basic', () => {
    lab.fault('no-basic');

    const response = lab.ask('/certsrv/');
    expect(response.status).toBe(401);
    expect(response.headers['WWW-Authenticate']).toEqual(['Negotiate', 'NTLM']);
  });

  it('sends a client that left out the slash to the right page', () => {
    const response = lab.ask('/certsrv');
    expect([response.status, response.headers.Location]).toEqual([301, '/certsrv/']);
  });
});

describe('the issued page', () => {
  it('leads browsers to the certificate by a script', () => {
    const page = lab.submit(createCsr(lab)).body;

    expect(ids(page)).toEqual(['locPageTitle', 'locInfo']);
    expect(page).toMatch(/location="certnew\.cer\?ReqID=83&Enc=/);
  });

  it('gives everything else a list of links', () => {
    const page = lab.submit(createCsr(lab), 'SmartcardUser', { agent: 'curl/8' }).body;

    expect(ids(page).slice(0, 2)).toEqual(['locPageTitle', 'locInfo']);
    expect(page).toContain('certnew.cer?ReqID=83&amp;Enc=bin');
    expect(page).toContain('certnew.p7b?ReqID=83&amp;Enc=b64');
    expect(page).not.toMatch(/<script/i);
  });

  it('ends before its link under the fault truncated-page, though the certificate is issued', () => {
    lab.fault('truncated-page');
    const page = lab.submit(createCsr(lab), 'SmartcardUser', { agent: 'curl/8' }).body;

    expect(ids(page).slice(0, 2)).toEqual(['locPageTitle', 'locInfo']);
    expect(page).not.toContain('certnew');
    expect(lab.ask('/certsrv/certnew.cer?ReqID=83&Enc=b64').body).toContain('BEGIN CERTIFICATE');
  });
});

describe('the pending page', () => {
  it('has its ids, the number of the request and no link', () => {
    const page = lab.submit(createCsr(lab), 'SmartcardUserApproval').body;

    expect(ids(page)).toEqual(['locPageTitle', 'locInfoNewReq', 'locInfoReqID', 'locInstructions', 'locTimeoutWarning']);
    expect(page).toContain('Certificate Pending');
    expect(page).toMatch(/Your Request Id is 83\./);
    expect(page).not.toContain('certnew');
  });

  it('comes for every template under the fault pending', () => {
    lab.fault('pending');
    expect(lab.submit(createCsr(lab)).body).toContain('ID=locInfoReqID');
  });
});

describe('the denied page', () => {
  it('has its ids, the number and the quoted disposition with the code', () => {
    const page = lab.submit(createCsr(lab), 'Smartcard User').body;

    expect(ids(page)).toEqual(['locPageTitle', 'locDenied', 'locInfoReqIDandReason', 'locContactAdmin']);
    expect(page).toMatch(
      /Your Request Id is 83\. The disposition message is "Denied by Policy Module {2}0x80094800, [^"]*: Smartcard User\.\r\n"/,
    );
  });

  it('keeps its ids and codes in French', () => {
    lab.fault('french');
    const page = lab.submit(createCsr(lab), 'Nonesuch').body;

    expect(ids(page)).toEqual(['locPageTitle', 'locDenied', 'locInfoReqIDandReason', 'locContactAdmin']);
    expect(page).toMatch(/"Refusé[^"]+0x80094800,[^"]+"/);
    expect(page).not.toMatch(/Request Id|Denied by/);
  });
});

describe('pages in French', () => {
  it.each([
    ['issued', 'SmartcardUser', ['locPageTitle', 'locInfo']],
    ['pending', 'SmartcardUserApproval', ['locPageTitle', 'locInfoNewReq', 'locInfoReqID', 'locInstructions', 'locTimeoutWarning']],
  ])('keep the ids of the %s page', (_, template, expected) => {
    lab.fault('french');
    const page = lab.submit(createCsr(lab), template).body;

    expect(ids(page)).toEqual(expected);
    expect(page).not.toContain('Certificate Pending');
    expect(page).not.toContain('Certificate Issued');
  });
});

describe('the error page', () => {
  it('tells that the CA service is down under the fault error-page, and takes no request', () => {
    lab.fault('error-page');
    const { status, body } = lab.submit(createCsr(lab));

    expect(status).toBe(200);
    expect(body).toContain('<!-- Advanced info -->');
    expect(body).toMatch(/<DT ID=locModeLabel>.*newreq - New Request/);
    expect(body).toContain('0x800706BA (-2147023174)');
    expect(readLog(lab.dir).filter(({ event }) => event === 'submitted')).toHaveLength(0);
  });

  it('answers a request whose base64 lost its plus signs to blanks', () => {
    const csr = createCsr(lab).replace(/[+A]/, ' ');
    expect(lab.submit(csr).body).toContain('0x8009310B');
  });

  it('answers what is no certification request', () => {
    expect(lab.submit(Buffer.from('hello').toString('base64')).body).toContain('0x8009310B');
  });

  it('answers a form of another mode', () => {
    const response = lab.ask('/certsrv/certfnsh.asp', { form: { Mode: 'chkpnd' } });
    expect(response.body).toContain('0x80070057');
  });
});

describe('certnew.cer', () => {
  it('gives browsers application/pkix-cert, PEM or DER', () => {
    lab.submit(createCsr(lab));
    const text = lab.ask('/certsrv/certnew.cer?ReqID=83&Enc=b64');
    const binary = lab.ask('/certsrv/certnew.cer?ReqID=83&Enc=bin');

    expect([text.headers['Content-Type'], binary.headers['Content-Type']]).toEqual(['application/pkix-cert', 'application/pkix-cert']);
    expect(new X509Certificate(text.body).raw.equals(binary.body as Buffer)).toBe(true);
    expect(text.body).toMatch(/^-----BEGIN CERTIFICATE-----\r\n/);
  });

  it('calls the same bytes text/html for other agents', () => {
    lab.submit(createCsr(lab));
    const ours = lab.ask('/certsrv/certnew.cer?ReqID=83&Enc=b64', { agent: BROWSER });
    const others = lab.ask('/certsrv/certnew.cer?ReqID=83&Enc=b64', { agent: 'curl/8' });

    expect(others.headers['Content-Type']).toBe('text/html');
    expect(others.body).toEqual(ours.body);
  });

  it('answers a pending request with a page that names no code', () => {
    lab.submit(createCsr(lab), 'SmartcardUserApproval');
    const { status, headers, body } = lab.ask('/certsrv/certnew.cer?ReqID=83&Enc=b64');

    expect([status, headers['Content-Type']]).toEqual([200, 'text/html; charset=UTF-8']);
    expect(/Disposition message:[^\t]+\t\t([^\r\n]+)/.exec(String(body))?.[1]).toBe('Taken Under Submission');
    expect(body).not.toMatch(/0x[0-9A-F]{8}/);
  });

  it('gives the certificate once a manager approved', () => {
    lab.submit(createCsr(lab), 'SmartcardUserApproval');
    approveRequest(lab.authority, 83, []);

    expect(lab.ask('/certsrv/certnew.cer?ReqID=83&Enc=b64').headers['Content-Type']).toBe('application/pkix-cert');
  });

  it('answers a request that a manager denied with the code of that', () => {
    lab.submit(createCsr(lab), 'SmartcardUserApproval');
    denyRequest(lab.authority, 83);

    expect(/0x[0-9A-F]{8}/.exec(String(lab.ask('/certsrv/certnew.cer?ReqID=83&Enc=b64').body))?.[0]).toBe('0x80094014');
  });

  it.each(['84', '../lab', '', '1e3'])('says that there is no request "%s"', (id) => {
    const { status, body } = lab.ask(`/certsrv/certnew.cer?ReqID=${encodeURIComponent(id)}&Enc=b64`);

    expect(status).toBe(200);
    expect(body).toContain('The requested property value is empty');
    expect(body).toContain('0x80094004');
  });

  it.each(['0', '-1'])('gives the root for CACert, renewal %s', (renewal) => {
    const { body } = lab.ask(`/certsrv/certnew.cer?ReqID=CACert&Renewal=${renewal}&Enc=bin`);
    expect(Buffer.from(lab.authority.root.certificate).equals(body as Buffer)).toBe(true);
  });

  it('has no root of a later renewal', () => {
    expect(lab.ask('/certsrv/certnew.cer?ReqID=CACert&Renewal=1&Enc=bin').body).toContain('0x80094004');
  });
});

describe('certnew.p7b', () => {
  it('packs leaf and root, in armour that says CERTIFICATE', () => {
    lab.submit(createCsr(lab));
    const { headers, body } = lab.ask('/certsrv/certnew.p7b?ReqID=83&Enc=b64');

    expect(headers['Content-Type']).toBe('application/x-pkcs7-certificates');
    expect(body).toMatch(/^-----BEGIN CERTIFICATE-----/);
    lab.write('chain.p7b', String(body).replaceAll('CERTIFICATE', 'PKCS7'));
    const shown = lab.openssl('pkcs7', '-in', 'chain.p7b', '-print_certs', '-noout');
    expect(shown.match(/^subject=.*CN = .*$/gm)).toHaveLength(2);
  });

  it('packs the root alone for CACert', () => {
    const { headers, body } = lab.ask('/certsrv/certnew.p7b?ReqID=CACert&Renewal=0&Enc=bin', { agent: 'curl/8' });

    expect(headers['Content-Type']).toBe('application/x-pkcs7-certificates');
    lab.write('chain.p7b', body as Buffer);
    expect(lab.openssl('pkcs7', '-inform', 'DER', '-in', 'chain.p7b', '-print_certs', '-noout').match(/^subject=/gm)).toHaveLength(1);
  });
});

describe('the other pages', () => {
  it('offer every template by its common name', () => {
    const names = [...String(lab.ask('/certsrv/certrqxt.asp').body).matchAll(/Option Value="E;(.*?);/g)].map(([, name]) => name);
    expect(names).toEqual(['SmartcardUser', 'SmartcardLogon', 'SmartcardUserApproval', 'SmartcardSignIn']);
  });

  it('say how often the root was renewed', () => {
    expect(lab.ask('/certsrv/certcarc.asp').body).toMatch(/^var nRenewals=0;$/m);
  });

  it('serve a list of revoked certificates that openssl verifies, also to who is not logged on', () => {
    lab.write('logged-on.crl', lab.ask('/certsrv/certcrl.crl?Type=base&Renewal=0&Enc=bin').body as Buffer);
    lab.write('public.crl', lab.ask('/CertEnroll/practice.crl', { user: null }).body as Buffer);

    for (const name of ['logged-on.crl', 'public.crl']) {
      expect(lab.openssl('crl', '-inform', 'DER', '-in', name, '-CAfile', 'ca.pem', '-noout')).toContain('verify OK');
    }
  });

  it('are found in any case, and 404 where there are none', () => {
    expect(lab.ask('/CertSrv/CertCARC.asp').status).toBe(200);
    expect(lab.ask('/certsrv/certsces.asp').status).toBe(404);
    expect(lab.ask('/').status).toBe(404);
  });

  it('say that they are the practice organisation', () => {
    for (const path of ['/certsrv/', '/certsrv/certrqxt.asp', '/certsrv/certcarc.asp', '/certsrv/certnew.cer?ReqID=1']) {
      expect(lab.ask(path).body).toMatch(/<Title>lyncauth practice organisation/);
    }
  });
});
