/** What pages are, by their fields. */
import { describe, expect, test } from 'vitest';
import { readPage } from '../../../../src/sign-in/passive/page-reader.js';
import { classify, fieldNames, fill, reported } from '../../../../src/sign-in/passive/pages.js';
import { aspxPage, certificatePage, errorPage, hidden, secondFactorPage, signInPage, tokenPage } from './adfs-pages.js';

const kindOf = (html: string, shown = false) => classify(readPage(html), shown).kind;
const STS = 'https://sts.lab.test/adfs/ls/';

test.each([
  ['token', tokenPage('https://pool.lab.test/', '<a/>', 'c')],
  ['token', tokenPage('https://pool.lab.test/', '<a/>', undefined)],
  ['certificate', certificatePage(STS)],
  ['choice', signInPage({ certificate: true, action: STS })],
  ['choice', signInPage({ certificate: true, action: STS, paginated: true })],
  ['password', signInPage({ certificate: false, action: STS })],
  ['password', signInPage({ certificate: false, action: STS, paginated: true })],
  ['password', aspxPage()],
  ['second-factor', secondFactorPage(STS)],
  ['problem', errorPage('Something', 'MSIS7012')],
  ['problem', errorPage('')],
  ['problem', '<p>Error details: MSIS7042</p>'],
  ['home-realm', `<form id="hrd" method="post">${hidden('HomeRealmSelection', '')}</form>`],
  ['unknown', '<h1>Welcome</h1>'],
  ['unknown', ''],
  ['unknown', '\u0000<<<>>></form></template><input><form'],
])('%s', (kind, html) => {
  expect(kindOf(html)).toBe(kind);
});

describe('what counts as a field', () => {
  const certificate = `${hidden('AuthMethod', 'CertificateAuthentication')}${hidden('RetrieveCertificate', '1')}`;

  test.each([
    ['in a comment', `<!-- <form method="post">${certificate}</form> -->`],
    ['in a script', `<script>x='<form method="post">${certificate}</form>'</script>`],
    ['in a style', `<style><form method="post">${certificate}</form></style>`],
    ['in a template', `<template><form method="post">${certificate}</form></template>`],
    ['in a textarea', `<textarea><form method="post">${certificate}</form></textarea>`],
    ['disabled', `<form method="post">${certificate.replaceAll('type=', 'disabled type=')}</form>`],
    ['in a form that is not posted', `<form>${certificate}</form>`],
  ])('not one %s', (_where, html) => {
    expect(kindOf(html)).not.toBe('certificate');
  });

  test('one that names its form counts there', () => {
    const html = `<input type=hidden form=a name=RetrieveCertificate value=1><form id=b method=post></form><form id=a method=POST action=/x></form>`;
    expect(classify(readPage(html), false)).toMatchObject({ kind: 'certificate', form: { id: 'a', action: '/x' } });
  });

  test('a form in a form does not begin a new one', () => {
    const html = `<form method="post" action="/outer"><form method="post" action="/inner">${certificate}</form>`;
    expect(classify(readPage(html), false)).toMatchObject({ kind: 'certificate', form: { action: '/outer' } });
  });

  test('the method that stands outside of any form is no certificate form', () => {
    expect(kindOf(`${certificate}<form method="post"><input type="password" name="p"></form>`)).toBe('choice');
  });

  test('entities are decoded once', () => {
    const kind = classify(readPage(tokenPage('https://pool.lab.test/?a=1&b=2', '<a b="&amp;lt;">\'é</a>', 'x&amp;y')), false);
    expect(kind).toMatchObject({ wresult: '<a b="&amp;lt;">\'é</a>', wctx: 'x&amp;y', form: { action: 'https://pool.lab.test/?a=1&b=2' } });
  });
});

describe('ways to sign in', () => {
  test('are read from links and fields', () => {
    expect([...readPage(signInPage({ certificate: true, action: STS })).methods].sort()).toEqual([
      'CertificateAuthentication',
      'FormsAuthentication',
    ]);
  });

  test('a script that a theme lets make the link counts as an offer', () => {
    expect(kindOf(`<script>addLink('CertificateAuthentication')</script><input type=password>`)).toBe('choice');
  });

  test('an unknown proof is a second one only after the certificate', () => {
    const html = `<form method=post>${hidden('AuthMethod', 'VendorOtp')}<input type=password name=otp></form>`;
    expect(kindOf(html)).toBe('password');
    expect(kindOf(html, true)).toBe('second-factor');
  });
});

test('code and Activity ID are found in any language', () => {
  expect(reported(readPage(errorPage('', 'Fehlerdetails: MSIS7102: x')))).toEqual({
    msis: 'MSIS7102',
    activityId: '00000000-0000-0000-5000-0080000000d0',
  });
});

test('an error text ends with its element', () => {
  expect(readPage('<div id=errorMessage>a<div>b</div>c</div>d').problem).toMatch(/^a +b +c$/);
  expect(readPage('<span id="errorText"></span>d').problem).toBe('');
});

test('a form is filled with its hidden fields only', () => {
  const { forms } = readPage(
    `<form method=post>${hidden('AuthMethod', '')}${hidden('toString', '1')}<input name=q value=typed><input type=submit name=s value=t></form>`,
  );
  expect(forms.map((form) => fill(form, { AuthMethod: 'CertificateAuthentication' }))).toEqual([
    'toString=1&AuthMethod=CertificateAuthentication',
  ]);
});

test('what an unknown page is told by has no values in it', () => {
  const names = fieldNames(readPage(`<form>${hidden('a', 'secret')}</form>${hidden('b', 'secret')}`));
  expect(names).toEqual(['a', 'b']);
});
