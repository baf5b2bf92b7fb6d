/** Writing XML: whatever a value holds, it stays a value. */
import { describe, expect, it } from 'vitest';
import { element, verbatim } from '../../../../src/sign-in/ws-trust/xml-build.js';
import { children, parseXml, textOf } from '../../../../src/sign-in/xml.js';

const HOSTILE = [
  '</a><b/>',
  '"><b/>',
  "' onload='x",
  '&amp;',
  '&#65;',
  ']]>',
  '<!-- -->',
  '<![CDATA[x]]>',
  '<?x?>',
  'Ärger 🂡',
  'a\r\nb\tc',
];

describe('writing XML', () => {
  it.each(HOSTILE)('gives a value back as it was, and nothing else: %j', (value) => {
    const { root } = parseXml(element('a', { b: value }, element('c', {}, value)).xml, 'this test');
    expect(children(root)).toHaveLength(1);
    expect(children(children(root, 'c')[0] ?? root)).toHaveLength(0);
    expect(root.getAttribute('b')).toBe(value);
    expect(root.textContent).toBe(value);
  });

  it('nests elements and leaves verbatim ones alone', () => {
    expect(element('a', {}, 'x', element('b', { c: '1' }), verbatim('<d   e = "f" />')).xml).toBe('<a>x<b c="1"></b><d   e = "f" /></a>');
  });

  it.each(['a\u0000b', 'a\u0007b', 'a\u001bb', '\ufffe', 'half \ud800'])(
    'refuses what XML cannot hold, without repeating it: %j',
    (value) => {
      expect(() => element('a', {}, `secret${value}`)).toThrow(
        expect.objectContaining({ code: 'USAGE', message: expect.not.stringContaining('secret') }),
      );
      expect(() => element('a', { b: value })).toThrow(expect.objectContaining({ code: 'USAGE' }));
    },
  );

  it('trims only where it reads', () => {
    expect(textOf(parseXml(element('a', {}, ' x ').xml, 'this test').root)).toBe('x');
  });
});
