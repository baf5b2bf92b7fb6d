/**
 * What is on a page of a sign-in server: forms and their fields, marks, visible text. Nothing is run, fetched or refreshed. It goes by the tokens of
 * HTML only: a tree costs time that grows with the square of its depth, and whose input a field is does not depend on one (HTML, "form owner").
 */
import { type Token, Tokenizer, TokenizerMode } from 'parse5';

const MAX_FORMS = 50;
const MAX_FIELDS = 500;
const MAX_TEXT = 32 * 1024;
const MAX_NAMES = 20;
const MAX_IDS = 60;
/** What stands in these elements is no markup. */
const RAW: Readonly<Record<string, Tokenizer['state']>> = {
  script: TokenizerMode.SCRIPT_DATA,
  style: TokenizerMode.RAWTEXT,
  xmp: TokenizerMode.RAWTEXT,
  iframe: TokenizerMode.RAWTEXT,
  noembed: TokenizerMode.RAWTEXT,
  noframes: TokenizerMode.RAWTEXT,
  title: TokenizerMode.RCDATA,
  textarea: TokenizerMode.RCDATA,
  plaintext: TokenizerMode.PLAINTEXT,
};
/** Where AD FS writes what went wrong; empty when nothing did. */
const PROBLEM_IDS = new Set(['errortext', 'errortextoption', 'errormessage']);
/** These do not part words. */
const INLINE = new Set(['a', 'b', 'em', 'font', 'i', 'span', 'strong']);
const OPTION = /\bSelectOption\(\s{0,9}['"]([\w.-]{1,64})['"]/g;

export interface Field {
  readonly name: string;
  readonly value: string;
  readonly id: string;
  /** Lower case; `text` for none. */
  readonly type: string;
}

export interface Form {
  readonly id: string;
  /** As written; undefined for the page's own address. */
  readonly action: string | undefined;
  readonly isPost: boolean;
  readonly fields: Field[];
}

export interface Page {
  readonly forms: readonly Form[];
  /** Fields that belong to no form: newer sign-in pages have some. */
  readonly loose: readonly Field[];
  /** Ways to sign in, as links and fields name them: `CertificateAuthentication`. */
  readonly methods: ReadonlySet<string>;
  /** Ids of its elements, the first of them. */
  readonly ids: ReadonlySet<string>;
  /** What its scripts say, as far as it can be about ways to sign in. */
  readonly scripted: ReadonlySet<string>;
  /** Text in the places for errors. */
  readonly problem: string;
  /** Visible text, the beginning of it. */
  readonly text: string;
}

/** Reads `html`; any text is a page. The time it takes grows with its length, and not with how deep it is. */
export function readPage(html: string): Page {
  const forms: Form[] = [];
  const loose: Field[] = [];
  const owned: { form: string; field: Field }[] = [];
  const methods = new Set<string>();
  const scripted = new Set<string>();
  const ids = new Set<string>();
  const text = { visible: '', problem: '' };
  let current: Form | undefined;
  let raw: string | undefined;
  let templates = 0;
  let fields = 0;
  /** The place for errors that is open, and how many elements of its name are. */
  let place: { tag: string; depth: number } | undefined;

  function addField(attributes: Map<string, string>): void {
    const name = attributes.get('name') ?? '';
    if (name === '' || attributes.has('disabled') || fields >= MAX_FIELDS) return;
    fields += 1;
    const field = {
      name,
      value: attributes.get('value') ?? '',
      id: attributes.get('id') ?? '',
      type: (attributes.get('type') ?? 'text').toLowerCase(),
    };
    const form = attributes.get('form');
    if (form !== undefined) owned.push({ form, field });
    else (current?.fields ?? loose).push(field);
    if (name === 'AuthMethod') addName(methods, field.value);
  }

  function addMarks(attributes: Map<string, string>): void {
    addName(ids, attributes.get('id') ?? '', MAX_IDS);
    if (attributes.get('id') === 'CertificateAuthentication') addName(methods, 'CertificateAuthentication');
    for (const value of attributes.values()) for (const [, name = ''] of value.matchAll(OPTION)) addName(methods, name);
  }

  function startTag({ tagName, attrs }: Token.TagToken): void {
    const state = RAW[tagName];
    if (state !== undefined) {
      raw = tagName;
      tokenizer.state = state;
    }
    if (tagName === 'template') templates += 1;
    if (templates > 0) return;
    const attributes = new Map(attrs.map(({ name, value }) => [name, value]));
    addMarks(attributes);
    if (!INLINE.has(tagName)) addText(' ');
    if (tagName === 'form' && current === undefined && forms.length < MAX_FORMS) {
      current = { id: attributes.get('id') ?? '', action: attributes.get('action') || undefined, isPost: isPost(attributes), fields: [] };
      forms.push(current);
    }
    if (tagName === 'input') addField(attributes);
    else if (place?.tag === tagName) place.depth += 1;
    else if (place === undefined && PROBLEM_IDS.has((attributes.get('id') ?? '').toLowerCase())) place = { tag: tagName, depth: 1 };
  }

  function endTag({ tagName }: Token.TagToken): void {
    if (tagName === raw) raw = undefined;
    if (tagName === 'template') templates = Math.max(0, templates - 1);
    if (templates > 0) return;
    if (!INLINE.has(tagName)) addText(' ');
    if (tagName === 'form') current = undefined;
    if (place?.tag === tagName) place.depth -= 1;
    if (place?.depth === 0) place = undefined;
  }

  function addText(chars: string): void {
    if (text.visible.length < MAX_TEXT) text.visible += chars;
    if (place !== undefined && text.problem.length < MAX_TEXT) text.problem += chars;
  }

  function characters({ chars }: Token.CharacterToken): void {
    if (raw === 'script') for (const [, name = ''] of chars.matchAll(/['"](\w{1,40}Authentication)['"]/g)) addName(scripted, name);
    if (raw === undefined && templates === 0) addText(chars);
  }

  const tokenizer = new Tokenizer(
    {},
    {
      onStartTag: startTag,
      onEndTag: endTag,
      onCharacter: characters,
      onWhitespaceCharacter: characters,
      onNullCharacter: () => {},
      onComment: () => {},
      onDoctype: () => {},
      onEof: () => {},
    },
  );
  tokenizer.write(html, true);
  for (const { form, field } of owned) (forms.find(({ id }) => id === form)?.fields ?? loose).push(field);
  return { forms, loose, methods, ids, scripted, problem: text.problem.trim(), text: text.visible };
}

function isPost(attributes: Map<string, string>): boolean {
  return attributes.get('method')?.toLowerCase() === 'post';
}

function addName(names: Set<string>, name: string, limit = MAX_NAMES): void {
  if (/^[\w.-]{1,64}$/.test(name) && names.size < limit) names.add(name);
}
