/** What was deleted of a user's traces: for scripts as kind and name, for a person in words. */

const WORDS = {
  session: (name) => `session and token of ${name}`,
  'session-file': (name) => `session file ${name}, which could not be read`,
  address: (name) => `remembered address ${name}`,
  'trusted-domain': (name) => `trusted domain ${name}`,
  servers: (name) => `servers found of ${name}`,
  memory: (name) => `what was remembered of sign-ins, ${name}`,
  setting: (name) => `setting ${name}`,
  'user-name': (name) => `user name ${name}`,
  request: (name) => `request ${name}`,
  'saved-certificate': (name) => `saved certificate ${name}`,
  leftover: (name) => `${name}, which an interrupted run left`,
} satisfies Record<string, (name: string) => string>;

export interface Removed {
  readonly kind: keyof typeof WORDS;
  /** An address, a name, or a path: what there is one of within its kind. */
  readonly name: string;
  /** The rest, in words: a setting's value, what it belonged to. */
  readonly detail?: string;
}

export function removedText({ kind, name, detail }: Removed): string {
  return `${WORDS[kind](name)}${detail === undefined ? '' : ` (${detail})`}`;
}

/** Files that a run which was killed had begun to write. */
export function removedLeftovers(paths: readonly string[]): Removed[] {
  return paths.map((name) => ({ kind: 'leftover', name }));
}
