/** Tags as the themes of AD FS write them. Only the shape of HTML; no page. */
import { escapeXml } from '../xml.js';

export type Attributes = Readonly<Record<string, string | undefined>>;

/** A hidden field that a theme adds to every form and wants back. */
export const THEME_FIELD = { name: '__themeState', value: 'kept <as> "is"' } as const;

/** Writes tags in the manner of one theme. */
export interface Markup {
  readonly theme: string | undefined;
  tag(name: string, attributes: Attributes): string;
  hidden(name: string, value: string | undefined, id?: string): string;
  form(attributes: Attributes, ...content: readonly string[]): string;
}

/** Writes elements as `theme` has them; attributes are escaped. */
export function createMarkup(theme: string | undefined): Markup {
  const quote = theme === 'single-quotes' ? "'" : '"';
  const tag: Markup['tag'] = (name, attributes) => {
    const pairs = Object.entries(attributes).filter((pair): pair is [string, string] => pair[1] !== undefined);
    if (theme === 'reordered') pairs.reverse();
    return `<${name}${pairs.map(([key, value]) => ` ${key}=${quote}${escapeXml(value)}${quote}`).join('')}>`;
  };
  const hidden: Markup['hidden'] = (name, value, id) => tag('input', { id, type: 'hidden', name, value });
  const extra = theme === 'extra-fields' ? hidden(THEME_FIELD.name, THEME_FIELD.value) : '';
  return { theme, tag, hidden, form: (attributes, ...content) => `${tag('form', attributes)}${extra}${content.join('')}</form>` };
}
