/** All that is known of how sign-ins end: in the order of the document. */
import { pages } from './adfs.js';
import { card, pin } from './card.js';
import { finding } from './finding.js';
import type { Outcome, Section } from './outcome.js';
import { account, services } from './pool.js';
import { signedInAnyway } from './signed-in.js';
import { trust } from './trust.js';

export const sections: readonly Section[] = [pin, card, finding, account, pages, trust, services];

export const outcomes: readonly Outcome[] = [...sections.flatMap(({ rows }) => rows), ...signedInAnyway];
