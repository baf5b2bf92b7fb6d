/** Exclusive canonical XML, compared with what another library makes of the same. */
import { DOMParser, type Element } from '@xmldom/xmldom';
import { describe, expect, it } from 'vitest';
import { ExclusiveCanonicalization } from 'xml-crypto';
import { canonicalXml } from '../../../src/lab/canonical-xml.js';
import { allElements, parseXml } from '../../../src/lab/xml.js';

/** The element called `target`, wherever it is. */
function target(xml: string): Element {
  return allElements(parseXml(xml)).find(({ localName }) => localName === 'target') as Element;
}

describe('canonicalXml', () => {
  it.each([
    [
      'attributes in order, with their namespaces',
      '<r xmlns:z="urn:a" xmlns:a="urn:z"><target b="2" a:y="1" z:y="3" a="1" xmlns:unused="urn:u"/></r>',
    ],
    [
      'a namespace declared above, where it is first used',
      '<a:r xmlns:a="urn:a" xmlns:b="urn:b"><target><b:x/><b:x><a:y b:c="d"/></b:x></target></a:r>',
    ],
    ['a default namespace, taken away and given back', '<r xmlns="urn:a"><target><x xmlns=""><y xmlns="urn:b"/></x></target></r>'],
    ['the same prefix for another namespace inside', '<p:target xmlns:p="urn:1"><p:x xmlns:p="urn:2"><p:y/></p:x></p:target>'],
    [
      'text and values with what must be escaped',
      '<target a="&lt;&amp;&quot;&#9;&#10;&#13;\'&gt;">&lt;&amp;&gt;&#13;"\'é\u{1f600}</target>',
    ],
    ['CDATA as text, no comments', '<target>a<![CDATA[<b>&]]><!-- c -->d</target>'],
    ['blanks between elements', '<target>\n  <x />\t<y\n z = "1"></y>\n</target>'],
    ['xml: attributes', '<target xml:lang="en" xml:space="preserve"><x xml:lang="fr"/></target>'],
  ])('writes %s', (_, xml) => {
    const other = new ExclusiveCanonicalization().process(target(xml) as never, {});
    expect(canonicalXml(target(xml))).toBe(other);
  });

  it('follows a list of inclusive prefixes, as the standard’s section 4 says', () => {
    const element = target('<r xmlns="urn:d" xmlns:a="urn:a"><a:x><target/></a:x></r>'.replace('<target/>', '<a:target b="a:c"/>'));
    expect(canonicalXml(element, { inclusive: ['', 'a', 'none'] })).toBe('<a:target xmlns="urn:d" xmlns:a="urn:a" b="a:c"></a:target>');
  });

  it('leaves out what it is told to', () => {
    const element = target('<target><x><y/></x><z/></target>');
    expect(canonicalXml(element, { without: element.firstChild ?? undefined })).toBe('<target><z></z></target>');
  });
});

describe('parseXml', () => {
  it.each([
    ['a document type', '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'],
    ['10,000 elements inside each other', `${'<x>'.repeat(10_000)}${'</x>'.repeat(10_000)}`],
    ['half a document', '<x><y></x>'],
    ['no document', ''],
    ['more than 256 Ki characters', `<x>${'a'.repeat(256 * 1024)}</x>`],
  ])('refuses %s', (_, xml) => {
    expect(() => parseXml(xml)).toThrow();
  });

  it('reads the same as the parser under it', () => {
    const xml = '<x a="1"><y>2</y></x>';
    expect(canonicalXml(parseXml(xml))).toBe(canonicalXml(new DOMParser().parseFromString(xml, 'text/xml').documentElement as Element));
  });
});
