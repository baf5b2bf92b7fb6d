/** What is known of how real servers behave where a switch of the practice organisation makes ours behave so. Types only. */

/**
 * `documented`: a public document of the servers' makers, or a standard, says so. `observed`: others have published what a real server sent.
 * `assumed`: it follows from the rest, and nobody was seen to check it. `made up`: no server is known for it; it tries what this program does.
 */
type Known = 'documented' | 'observed' | 'assumed' | 'made up';

/** How sure it is, and what real servers do. */
export type Real = readonly [Known, string];

/** Of a switch as a whole, or of each value that it takes. */
export type Switch = Real | Readonly<Record<string, Real>>;

export function isReal(entry: Switch): entry is Real {
  return Array.isArray(entry);
}
