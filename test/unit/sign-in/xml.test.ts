/** Reading XML that a server sent, within limits. */
import { describe, expect, it } from 'vitest';
import { LyncauthError } from '../../../src/errors.js';
import { children, descendants, parseXml, textOf } from '../../../src/sign-in/xml.js';

/** The reason for which `source` is refused; the code and the sentence round it are the same for all. */
function refusal(source: Buffer | string): string {
  try {
    parseXml(source, 'the pool');
  } catch (error) {
    if (!(error instanceof LyncauthError)) throw error;
    expect(error.code).toBe('SERVER_ERROR');
    return error.message.replace('the pool sent XML that cannot be accepted: ', '');
  }
  throw new Error('it was accepted');
}

describe('reading XML of a server', () => {
  it('gives elements by local name, whatever their prefix', () => {
    const { root } = parseXml(
      '<?xml version="1.0"?><a:x xmlns:a="urn:a"><a:y k="1">one</a:y><y xmlns="urn:b"> two </y><z><y/></z></a:x>',
      'the pool',
    );
    expect(root.namespaceURI).toBe('urn:a');
    expect(children(root, 'y').map(textOf)).toEqual(['one', 'two']);
    expect(children(root)).toHaveLength(3);
    expect(descendants(root, 'y')).toHaveLength(3);
    expect(children(root, 'y')[0]?.getAttribute('k')).toBe('1');
    expect(textOf(descendants(root, 'y')[2])).toBeUndefined();
  });

  it('tolerates a byte order mark and characters beyond ASCII', () => {
    expect(textOf(parseXml(Buffer.from('\ufeff<a>Ärger 🂡</a>'), 'the pool').root)).toBe('Ärger 🂡');
    expect(textOf(parseXml('\ufeff<a>&#228;&amp;</a>', 'the pool').root)).toBe('ä&');
  });

  it('gives the source of an element as it was received, to the byte', () => {
    const inner = `<b:i  xmlns:b = 'urn:b' q=">"\r\n ><!-- <b:i> --><![CDATA[</b:i>]]><?p <x ?>&#x41;<b:i/></b:i >`;
    const source = `<?xml version="1.0"?>\r\n<!-- <i> --><a><i/>${inner}<i></i></a>`;
    const { root, sourceOf } = parseXml(Buffer.from(source), 'the pool');
    const [first, second, third] = children(root, 'i');
    if (!first || !second || !third) throw new Error('no elements');
    expect([first, second, third].map(sourceOf)).toEqual(['<i/>', inner, '<i></i>']);
    expect(sourceOf(root)).toBe(source.slice(source.indexOf('<a>')));
  });

  it('does not give the source of an element of another document', () => {
    const other = parseXml('<a/>', 'the pool');
    expect(() => parseXml('<a/>', 'the pool').sourceOf(other.root)).toThrow(RangeError);
  });
});

describe('hostile XML', () => {
  it.each([
    ['entities that grow', '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'],
    ['an external entity', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
    ['a document type in small letters', '<!doctype html><html></html>'],
    ['a document type behind the first element', '<a><!DOCTYPE b></a>'],
  ])('is refused before it is parsed: %s', (_, source) => {
    expect(refusal(source)).toBe('it declares a document type');
  });

  it.each([
    ['100,000 levels', '<a>'.repeat(100_000) + '</a>'.repeat(100_000), 'it is nested too deeply'],
    ['100,000 levels that never end', '<a>'.repeat(100_000), 'it is nested too deeply'],
    ['65 levels', '<a>'.repeat(65) + '</a>'.repeat(65), 'it is nested too deeply'],
    ['200,000 elements', `<a>${'<b/>'.repeat(200_000)}</a>`, 'it has too many elements'],
    ['100,000 references', `<a>${'&#65;'.repeat(100_000)}</a>`, 'it holds too many references'],
    ['a tag of 900 kB', `<a ${Array.from({ length: 60_000 }, (_, i) => `a${i}="1"`).join(' ')}/>`, 'one of its tags is too long'],
    ['more than 1 MiB', `<a>${'x'.repeat(1024 * 1024)}</a>`, 'it is longer than 1 MiB'],
    ['the first half of an element', '<a><b></b>', 'it ends in the middle'],
    ['an open comment', '<a><!-- </a>', 'it ends in the middle'],
    ['an open attribute', '<a b="></a>', 'it is not well-formed'],
    ['an end without a beginning', '<a></a></a>', 'an element ends that never began'],
    ['two roots', '<a/><b/>', 'it is not well-formed'],
    ['the same attribute twice', '<a b="1" b="2"/>', 'it is not well-formed'],
    ['an unknown entity', '<a>&nbsp;</a>', 'it is not well-formed'],
    ['a prefix that is not declared', '<b:a/>', 'it is not well-formed'],
    ['crossed elements', '<a><b></a></b>', 'it is not well-formed'],
    ['a page that is no XML', '<html><body><br><p class=x>Hello</body></html>', 'it ends in the middle'],
    ['plain text', 'Service Unavailable', 'it is not well-formed'],
    ['nothing', '', 'it is not well-formed'],
  ])('is refused: %s', (_, source, reason) => {
    expect(refusal(source)).toBe(reason);
    expect(refusal(Buffer.from(source))).toBe(reason);
  });

  it('is refused when it is in another encoding', () => {
    expect(refusal(Buffer.from([0x3c, 0x61, 0xff, 0x2f, 0x3e]))).toBe('it is not UTF-8');
    expect(refusal(Buffer.from('\ufeff<a/>', 'utf16le'))).toBe('it is not UTF-8');
  });

  it('accepts 64 levels', () => {
    expect(parseXml('<a>'.repeat(64) + '</a>'.repeat(64), 'the pool').root.localName).toBe('a');
  });

  it('never repeats what was sent in its message', () => {
    expect(refusal('<a><ticket>geheim</a></ticket>')).not.toContain('geheim');
  });
});
