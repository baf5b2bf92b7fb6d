/** Whether OpenSC is set up to take a PUK, as far as its configuration shows. Must not import native code. */
import { readFileSync } from 'node:fs';

/** Names the file that OpenSC reads; without it the place is compiled into the driver, and not known here. */
const VARIABLE = 'OPENSC_CONF';
const SETTING = { name: 'user_pin_unblock_style', value: 'set_pin_in_unlogged_session' };

/** A configuration that lets OpenSC take a PUK. */
const EXAMPLE = `app opensc-pkcs11 { pkcs11 { ${SETTING.name} = ${SETTING.value}; } }`;

/** What to do about an OpenSC that takes no PUK. */
export const HOW_TO_CONFIGURE = `put ${EXAMPLE} into a file, and name that in ${VARIABLE}`;

/** Comments, texts, punctuation, words (OpenSC's scconf). */
const TOKENS = /#[^\n]*|"[^"\n]*"|[{}=,;]|[^\s{}=,;#]+/g;

interface Block {
  name: string;
  /** As often as it is set. */
  settings: { name: string; value: string }[];
  blocks: Block[];
}

/**
 * True only where OpenSC cannot but take for the PUK what C_SetPIN is given without a login: whichever of the file's blocks it goes by, since that
 * depends on the program too, has the setting. False wherever that cannot be seen.
 */
export function setUpForPuk(env: NodeJS.ProcessEnv = process.env): boolean {
  const path = env[VARIABLE];
  const root = path === undefined ? undefined : readBlocks(path);
  if (root === undefined) return false;
  const apps = root.blocks.filter(({ name }) => name.startsWith('app '));
  const modules = apps.flatMap(({ name, blocks }) =>
    blocks.filter((block) => block.name === 'pkcs11').map((block) => ({ app: name, block })),
  );
  return modules.some(({ app }) => app === 'app opensc-pkcs11' || app === 'app default') && modules.every(({ block }) => isSet(block));
}

function isSet({ settings }: Block): boolean {
  const given = settings.filter(({ name }) => name === SETTING.name);
  return given.length > 0 && given.every(({ value }) => value === SETTING.value);
}

/** Undefined for a file that cannot be read, or not as a whole: OpenSC goes by none of it then. */
function readBlocks(path: string): Block | undefined {
  try {
    const tokens = readFileSync(path, 'utf8').match(TOKENS) ?? [];
    return parse(tokens.filter((token) => !token.startsWith('#')));
  } catch {
    return undefined;
  }
}

/** Items are `name = value, value;` and `name name { items }`. */
function parse(tokens: readonly string[]): Block | undefined {
  const root: Block = { name: '', settings: [], blocks: [] };
  const open = [root];
  let words: string[] = [];
  for (const token of tokens) {
    const inner = open.at(-1);
    if (inner === undefined) return undefined;
    if (token === '{') {
      open.push({ name: words.join(' '), settings: [], blocks: [] });
      inner.blocks.push(open.at(-1) as Block);
    } else if (token === '}') {
      if (words.length > 0) return undefined;
      open.pop();
    } else if (token === ';') {
      const [name = '', equals, ...values] = words;
      if (equals !== '=') return undefined;
      inner.settings.push({ name, value: values.join(' ') });
    } else {
      words.push(token.replace(/^"(.*)"$/, '$1'));
      continue;
    }
    words = [];
  }
  return open.length === 1 && words.length === 0 ? root : undefined;
}
