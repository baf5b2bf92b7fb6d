/** Whom a certificate speaks for at AD FS. */
import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { findAccount } from '../../../../src/lab/accounts.js';
import { cardUser } from '../../../../src/lab/adfs/card-user.js';
import { type CertificateContent, issueCertificate } from '../../../../src/x509/issue-certificate.js';
import { createAuthority } from '../../../support/loopback-https.js';

const NOW = new Date('2026-05-01T12:00:00Z');
const CLIENT_AUTHENTICATION = '1.3.6.1.5.5.7.3.2';
const SMART_CARD_LOGON = '1.3.6.1.4.1.311.20.2.2';
const alice = findAccount('LAB\\alice');
const bob = findAccount('LAB\\bob');
const { issuer } = createAuthority('Practice');
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

function issue(content: Partial<CertificateContent>, by = issuer) {
  return issueCertificate(
    {
      subject: 'CN=x',
      publicKey: publicKey.export({ type: 'spki', format: 'der' }),
      notBefore: new Date(NOW.getTime() - 1000),
      notAfter: new Date(NOW.getTime() + 1000),
      keyUsage: ['digitalSignature'],
      extendedKeyUsage: [CLIENT_AUTHENTICATION],
      upn: 'alice@lab.test',
      ...content,
    },
    by,
  );
}

function judge(content: Partial<CertificateContent>, by = issuer) {
  return cardUser(issue(content, by), issuer.certificate, NOW);
}

describe('a certificate speaks for', () => {
  it('the account of its UPN, in any case', () => expect(judge({ upn: 'ALICE@lab.test' })).toEqual({ account: alice }));

  it('the account of its SID, whatever its UPN', () => expect(judge({ sid: bob?.sid ?? '' })).toEqual({ account: bob }));

  it('somebody also when it is for smart card logon alone', () => {
    expect(judge({ extendedKeyUsage: [SMART_CARD_LOGON] })).toEqual({ account: alice });
  });
});

describe('a certificate speaks for nobody', () => {
  it.each([
    ['expired', { notAfter: new Date(NOW.getTime() - 1) }, 'has expired'],
    ['not valid yet', { notBefore: new Date(NOW.getTime() + 5000), notAfter: new Date(NOW.getTime() + 60_000) }, 'not valid yet'],
    ['for mail', { extendedKeyUsage: ['1.3.6.1.5.5.7.3.4'] }, 'for other purposes'],
    ['of an unknown SID', { sid: 'S-1-5-21-1-2-3-4' }, 'no account for S-1-5-21-1-2-3-4'],
    ['of an unknown UPN', { upn: 'mallory@lab.test' }, 'no account for mallory@lab.test'],
  ])('when it is %s', (_, content, reason) => {
    expect(judge(content)).toEqual({ refused: expect.stringContaining(reason) });
  });

  it('when another CA of the same name issued it', () => {
    expect(judge({}, createAuthority('Practice').issuer)).toEqual({ refused: 'the certificate is of an unknown issuer' });
  });

  it('when no CA is trusted', () => {
    expect(cardUser(issue({}), undefined, NOW)).toEqual({ refused: 'the certificate is of an unknown issuer' });
  });

  it('when it cannot be read', () => {
    expect(cardUser(Buffer.from('nonsense'), issuer.certificate, NOW)).toEqual({ refused: 'the certificate cannot be read' });
  });
});
