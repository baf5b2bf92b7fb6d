/** What the practice CA decides and issues, the certificates as openssl sees them. */
import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { approveRequest, denyRequest } from '../../../src/lab/authority.js';
import { decodeArmour, encodeArmour } from '../../../src/lab/encode.js';
import { readLog } from '../../../src/lab/log.js';
import { readRecord } from '../../../src/lab/records.js';
import { createCsr, createLab, type Lab } from './practice-lab.js';

let lab: Lab;

beforeEach(async () => {
  lab = await createLab();
});

afterEach(() => {
  lab.remove();
});

/** The certificate of a request, as openssl prints it. */
function certificateText(id = 83): string {
  lab.write('user.pem', readRecord(lab.dir, id)?.certificate ?? '');
  return lab.openssl('x509', '-in', 'user.pem', '-noout', '-text');
}

function keyOf(certificate: string): string {
  return new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'pem' }) as string;
}

describe('a certificate', () => {
  it('is for the account that is logged on, whatever the request says', () => {
    lab.submit(createCsr(lab), 'SmartcardUser', { user: 'LAB\\bob' });

    const text = certificateText();
    expect(text).toContain(
      'Subject: DC = test, DC = lab, OU = lyncauth practice organisation, CN = Bob Example, emailAddress = bob@lab.test',
    );
    expect(text).toMatch(/UPN:+bob@lab\.test/);
    expect(text).toContain('S-1-5-21-1111111111-2222222222-3333333333-1106');
    expect(text).not.toContain('ignored');
  });

  it.each([
    ['RSA-2048', ['rsa:2048']],
    ['P-256', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']],
    ['P-384', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384']],
  ])('for a key of type %s verifies against the root, and its list of revoked certificates too', (_, key) => {
    lab.submit(createCsr(lab, key));
    lab.write('list.crl', lab.ask('/CertEnroll/practice.crl').body as Buffer);
    lab.openssl('crl', '-inform', 'DER', '-in', 'list.crl', '-out', 'crl.pem');
    lab.write('user.pem', readRecord(lab.dir, 83)?.certificate ?? '');

    const verdict = lab.openssl(
      'verify',
      ...['-x509_strict', '-crl_check', '-purpose', 'sslclient', '-CAfile', 'ca.pem', '-CRLfile', 'crl.pem', 'user.pem'],
    );
    expect(verdict).toContain('user.pem: OK');
    expect(keyOf(readRecord(lab.dir, 83)?.certificate ?? '')).toBe(lab.openssl('pkey', '-in', 'user.key', '-pubout'));
  });

  it.each([
    ['SmartcardUser', 'E-mail Protection, TLS Web Client Authentication, Microsoft Smartcard Login', 'Digital Signature, Key Encipherment'],
    ['SmartcardLogon', 'TLS Web Client Authentication, Microsoft Smartcard Login', 'Digital Signature, Key Encipherment'],
    ['SmartcardSignIn', 'TLS Web Client Authentication, Microsoft Smartcard Login', 'Digital Signature'],
  ])('of template %s has its purposes and its key usage', (template, purposes, usage) => {
    lab.submit(createCsr(lab), template);

    const text = certificateText();
    expect(text).toMatch(new RegExp(`Extended Key Usage: \\n\\s+${purposes}\\n`));
    expect(text).toMatch(new RegExp(`Key Usage: critical\\n\\s+${usage}\\n`));
  });

  it('names a version 1 template, and a later one by its OID', () => {
    lab.submit(createCsr(lab), 'SmartcardUser');
    lab.submit(createCsr(lab), 'SmartcardSignIn');

    expect(certificateText(83)).toMatch(/1\.3\.6\.1\.4\.1\.311\.20\.2: /);
    expect(certificateText(84)).toMatch(/1\.3\.6\.1\.4\.1\.311\.21\.7: /);
  });

  it('has the mail address only where the template wants it', () => {
    lab.submit(createCsr(lab), 'SmartcardLogon');
    expect(certificateText()).not.toMatch(/emailAddress|email:/);
  });
});

describe('a request', () => {
  it('is taken as PEM, as PEM of the older label, and as bare base64', () => {
    const csr = createCsr(lab);
    const bare = csr.replace(/-----[^-]+-----|\s/g, '');
    for (const form of [csr, csr.replaceAll('CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'), bare]) lab.submit(form);

    expect([83, 84, 85].map((id) => readRecord(lab.dir, id)?.status)).toEqual(['issued', 'issued', 'issued']);
  });

  it.each([
    ['for a template that is not offered', 'WebServer', '0x80094800'],
    ['that calls a template by its display name', 'Smartcard User', '0x80094800'],
    ['without a template', '', '0x80094800'],
    ['with a second template smuggled in', 'SmartcardUser\r\nCertificateTemplate:SmartcardLogon', '0x80094802'],
  ])('%s is denied', (_, template, hresult) => {
    lab.submit(createCsr(lab), template);
    expect(readRecord(lab.dir, 83)).toMatchObject({ status: 'denied', hresult });
  });

  it('that has no template attribute at all is denied', () => {
    lab.ask('/certsrv/certfnsh.asp', { form: { Mode: 'newreq', CertRequest: createCsr(lab), CertAttrib: '' } });
    expect(readRecord(lab.dir, 83)).toMatchObject({ status: 'denied', hresult: '0x80094801' });
  });

  it('for a key that is too short is denied', () => {
    lab.submit(createCsr(lab, ['rsa:1024']));
    expect(readRecord(lab.dir, 83)).toMatchObject({ status: 'denied', hresult: '0x80094811' });
  });

  it('of an account without a mail address is denied where the template wants one', () => {
    lab.submit(createCsr(lab), 'SmartcardUser', { user: 'LAB\\carol' });
    lab.submit(createCsr(lab), 'SmartcardLogon', { user: 'LAB\\carol' });

    expect(readRecord(lab.dir, 83)).toMatchObject({ status: 'denied', hresult: '0x80094812' });
    expect(readRecord(lab.dir, 84)?.status).toBe('issued');
  });

  it('whose signature was not made with its key is denied', () => {
    const der = decodeArmour(createCsr(lab)) as Buffer;
    const subject = der.indexOf('ignored');
    der.write('forged!', subject);

    lab.submit(encodeArmour('CERTIFICATE REQUEST', der));
    expect(readRecord(lab.dir, 83)).toMatchObject({ status: 'denied', hresult: '0x80090006' });
  });

  it('that is pending is issued once by a manager, and not again', () => {
    lab.submit(createCsr(lab), 'SmartcardUserApproval');

    expect(approveRequest(lab.authority, 83, []).status).toBe('issued');
    expect(certificateText()).toMatch(/UPN:+alice@lab\.test/);
    expect(() => approveRequest(lab.authority, 83, [])).toThrow('request 83 is not pending at the practice organisation: it is issued');
  });

  it('that is not there cannot be approved or denied', () => {
    expect(() => approveRequest(lab.authority, 83, [])).toThrow(expect.objectContaining({ code: 'REQUEST_NOT_FOUND' }));
    expect(() => denyRequest(lab.authority, 83)).toThrow(expect.objectContaining({ code: 'REQUEST_NOT_FOUND' }));
  });
});

describe('a fault', () => {
  it('denied denies every request', () => {
    lab.fault('denied');
    lab.submit(createCsr(lab));
    expect(readRecord(lab.dir, 83)).toMatchObject({ status: 'denied', hresult: '0x80094012' });
  });

  it('wrong-key issues for a key that is not the requester’s', () => {
    lab.fault('wrong-key');
    lab.submit(createCsr(lab));
    expect(keyOf(readRecord(lab.dir, 83)?.certificate ?? '')).not.toBe(lab.openssl('pkey', '-in', 'user.key', '-pubout'));
  });

  it('wrong-user issues for another account and the right key', () => {
    lab.fault('wrong-user');
    lab.submit(createCsr(lab));
    expect(certificateText()).toMatch(/UPN:+bob@lab\.test/);
    expect(keyOf(readRecord(lab.dir, 83)?.certificate ?? '')).toBe(lab.openssl('pkey', '-in', 'user.key', '-pubout'));
  });

  it('weak-mapping leaves out the SID', () => {
    lab.fault('weak-mapping');
    lab.submit(createCsr(lab));
    expect(certificateText()).not.toContain('1.3.6.1.4.1.311.25.2');
  });

  it('no-upn leaves out the user principal name', () => {
    lab.fault('no-upn');
    lab.submit(createCsr(lab));
    expect(certificateText()).not.toContain('UPN');
    expect(certificateText()).toContain('1.3.6.1.4.1.311.25.2');
  });

  it('foreign-issuer signs with another key under the root’s name', () => {
    lab.fault('foreign-issuer');
    lab.submit(createCsr(lab));

    const [leaf, root] = [readRecord(lab.dir, 83)?.certificate ?? '', lab.authority.root.certificate].map((c) => new X509Certificate(c));
    expect(leaf?.issuer).toBe(root?.subject);
    expect(leaf?.verify((root as X509Certificate).publicKey)).toBe(false);
  });

  it('expired-certificate issues what is over', () => {
    lab.fault('expired-certificate');
    lab.submit(createCsr(lab));
    expect(new Date(new X509Certificate(readRecord(lab.dir, 83)?.certificate ?? '').validTo).getTime()).toBeLessThan(Date.now());
  });

  it('that spoils certificates also spoils those that a manager approves', () => {
    lab.submit(createCsr(lab), 'SmartcardUserApproval');
    approveRequest(lab.authority, 83, [{ name: 'wrong-user' }]);
    expect(certificateText()).toMatch(/UPN:+bob@lab\.test/);
  });
});

describe('the log', () => {
  it('has a line for each decision and each exchange, and no password', () => {
    lab.submit(createCsr(lab));
    lab.submit(createCsr(lab), 'Nonesuch');
    lab.ask('/certsrv/', { password: 'a-wrong-password' });

    const entries = readLog(lab.dir);
    expect(entries.map(({ event }) => event)).toEqual(['submitted', 'issued', 'http', 'submitted', 'denied', 'http', 'http']);
    expect(entries[1]).toMatchObject({ requestId: 83, account: 'LAB\\alice', template: 'SmartcardUser' });
    expect(entries[2]).toMatchObject({ method: 'POST', path: '/certsrv/certfnsh.asp', status: 200, account: 'LAB\\alice', requestId: 83 });
    expect(entries[4]).toMatchObject({ requestId: 84, hresult: '0x80094800' });
    expect(entries[6]).toMatchObject({ status: 401 });
    expect(JSON.stringify(entries)).not.toMatch(/Practice-alice|a-wrong-password/);
  });
});
