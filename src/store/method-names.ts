/** The ways to sign in by name, as they are given on the command line and stored. What each does is not known here. */

/** In the order in which they are tried. */
export const METHOD_NAMES = ['passive', 'certificate', 'password'] as const;

export type MethodName = (typeof METHOD_NAMES)[number];
