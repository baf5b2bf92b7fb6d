/** How faults are written and read. */
import { describe, expect, it } from 'vitest';
import { describeFault, formatFault, hasFault, parseFault, parseFaults } from '../../../src/lab/faults.js';

describe('parseFault', () => {
  it.each([
    'pending',
    'slow',
    'slow=250',
    'slow=250@submit',
    'server-error@retrieve',
    'huge-body=gzip@chain',
    'redirect-chain=6',
    'slow@discovery',
  ])('reads %s and writes it back', (text) => {
    expect(formatFault(parseFault(text))).toBe(text);
  });

  it.each([
    ['an unknown switch', 'explode'],
    ['an unknown step', 'slow@lunch'],
    ['a step for a switch that has none', 'denied@submit'],
    ['a time that is no number', 'slow=soon'],
    ['a value for a switch that takes none', 'denied=yes'],
    ['a word where a number is taken', 'redirect-chain=SECONDS'],
    ['a switch that needs a value without one', 'adfs-fail'],
    ['nothing', ''],
  ])('refuses %s, saying what there is', (_, text) => {
    expect(() => parseFault(text)).toThrow(expect.objectContaining({ code: 'USAGE', hint: expect.stringMatching(/\w/) }));
  });
});

describe('parseFaults', () => {
  it('reads several, the same switch at two steps among them, and none as nothing', () => {
    expect(parseFaults(['slow@token', 'slow=20@adfs', 'french']).map(formatFault)).toEqual(['slow@token', 'slow=20@adfs', 'french']);
    expect([parseFaults(['none']), parseFaults([])]).toEqual([[], []]);
  });

  it.each([
    [['adfs=2016', 'adfs=2019'], 'fault adfs is given twice'],
    [['none', 'pending'], 'none stands alone: it switches all faults off'],
  ])('refuses %j', (texts, message) => {
    expect(() => parseFaults(texts)).toThrow(expect.objectContaining({ code: 'USAGE', message }));
  });
});

it('an unknown switch is told in one short line', () => {
  const hint = 'lyncauth lab fault lists them';
  expect(() => parseFault('bogus')).toThrow(expect.objectContaining({ message: 'unknown fault: bogus', hint }));
});

describe('describeFault', () => {
  it.each([
    ['slow', 'answers come 5000 ms late'],
    ['slow=30000', 'answers come 30000 ms late'],
    ['slow=30000@submit', 'answers come 30000 ms late, at the step submit only'],
    ['huge-body=gzip', 'answers are 4 MiB long: compressed'],
    ['adfs-fail=204', 'AD FS fails: says nothing'],
    ['french', 'pages are in French'],
    ['redirect-chain=6', 'discovery sends the client on 6 times before it answers'],
    ['application-expires=30', 'applications end after 30 idle seconds'],
  ])('says of %s what it does', (text, effect) => {
    expect(describeFault(parseFault(text))).toBe(effect);
  });
});

describe('hasFault', () => {
  it('is on at every step without a step, and at its own with one', () => {
    const faults = [parseFault('slow'), parseFault('server-error@submit')];

    expect(hasFault(faults, 'slow', 'logon')).toBe(true);
    expect(hasFault(faults, 'server-error', 'submit')).toBe(true);
    expect(hasFault(faults, 'server-error', 'logon')).toBe(false);
  });
});
