/** The bytes that an element was read from, which a signature in it covers. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { descendants, parseXml } from '../../../src/sign-in/xml.js';

/** An element as text, and the texts of it and of all below it, in document order. */
interface Made {
  text: string;
  sources: string[];
}

/** What lures a reader that takes every `<` for a tag and every `>` for its end. */
const lures = fc.constantFrom(
  '',
  'text',
  ' ',
  '\r\n',
  '&lt;x&gt;',
  '&#60;',
  '<!-- <x> </x> -->',
  '<![CDATA[<x></x>]]>',
  '<?p <x> ?>',
  ']]&gt;',
  'é🂡',
);
const attributes = fc.constantFrom('', ' a="1"', " a = '>'", ' a="/>"', ` a='"'`, ` a="'>'"`, '\n\ta="&lt;"', " b='/'", ' xmlns:y="urn:y"');
const ends = fc.constantFrom('>', ' >', '\n>');

const { node } = fc.letrec<{ node: Made }>((tie) => ({
  node: fc
    .record({
      name: fc.constantFrom('x', 'Assertion', 'a-b.c', 'é'),
      attributes,
      end: ends,
      empty: fc.boolean(),
      inner: fc.array(fc.oneof({ depthSize: 'small', withCrossShrink: true }, lures, tie('node')), { maxLength: 4 }),
    })
    .map(({ name, attributes: attribute, end, empty, inner }) => {
      const below = inner.filter((part): part is Made => typeof part === 'object');
      if (empty && inner.length === 0) return { text: `<${name}${attribute}/>`, sources: [`<${name}${attribute}/>`] };
      const content = inner.map((part) => (typeof part === 'string' ? part : part.text)).join('');
      const text = `<${name}${attribute}${end}${content}</${name}${end}`;
      return { text, sources: [text, ...below.flatMap(({ sources }) => sources)] };
    }),
}));

it('the source of every element of every document is what was sent', () => {
  fc.assert(
    fc.property(
      node,
      lures.filter((text) => text.startsWith('<!--')),
      ({ text, sources }, comment) => {
        const { root, sourceOf } = parseXml(Buffer.from(`<?xml version="1.0"?>\n${comment}${text}\n${comment}`), 'this test');
        expect([root, ...descendants(root)].map(sourceOf)).toEqual(sources);
      },
    ),
    { numRuns: 300 },
  );
});
