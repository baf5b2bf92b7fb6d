/** How faults are written and read. */
import { describe, expect, it } from 'vitest';
import { describeFault, formatFault, hasFault, parseFault } from '../../../src/lab/faults.js';

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
    ['nothing', ''],
  ])('refuses %s, saying what there is', (_, text) => {
    expect(() => parseFault(text)).toThrow(expect.objectContaining({ code: 'USAGE', hint: expect.stringMatching(/\w/) }));
  });
});

describe('describeFault', () => {
  it.each([
    ['slow', 'answers come 5000 ms late'],
    ['slow=30000', 'answers come 30000 ms late'],
    ['slow=30000@submit', 'answers come 30000 ms late, at the step submit only'],
    ['huge-body=gzip', 'answers are 4 MiB long, gzip'],
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
