/** Judges the enrollments that were begun on this computer and not ended. */

import { cardSelector } from '../pkcs11/same-card.js';
import { quote } from '../store/file-checks.js';
import type { Check, Finding, OpenEnrollment } from './facts.js';

export const enrollments: Check = {
  id: 'enrollments',
  title: 'enrollment',
  run: ({ enrollments: open }) => (open.length === 0 ? [{ status: 'ok', detail: 'none is open' }] : open.map(judge)),
};

function judge(enrollment: OpenEnrollment): Finding {
  const { card, ca, upn } = enrollment;
  const { detail, why, fix } = verdict(enrollment);
  const whose = upn === undefined ? '' : ` for ${upn}`;
  return { status: 'warn', about: `card "${card.label}"`, detail: `${detail}${whose} at ${ca}`, why, fix, card };
}

function verdict({ step, requestId, card, keyId }: OpenEnrollment): { detail: string; why: string; fix: string } {
  const flags = `--card ${quote(cardSelector(card))}`;
  const goOn = `lyncauth enroll --resume${requestId === undefined ? ` ${flags}` : ` ${requestId}`}`;
  switch (step) {
    case 'submitted':
      return { detail: `request ${requestId ?? ''} waits to be issued`, why: 'the card has a key, and no certificate yet', fix: goOn };
    case 'submitting':
      return {
        detail: 'a request was sent and not answered',
        why: 'the CA may have it or not; sending it again by itself could make two',
        fix: 'ask the CA for its request id, then: lyncauth enroll --resume ID (or --resubmit to send it again, --abandon to drop it and its key)',
      };
    case 'making-key':
    case 'key-made':
      return { detail: `key ${keyId ?? ''} was made, and nothing requested`, why: 'the key is on the card and of no use yet', fix: goOn };
    case 'issued':
    case 'installed':
      return {
        detail: 'the certificate is issued, and not all of the rest is done',
        why: 'the card may lack it, or still hold what it replaces',
        fix: goOn,
      };
    case 'changing-pin':
      return {
        detail: 'a run stopped while it changed the PIN',
        why: 'the card may have the old PIN or the new one; the next run finds out with the new one',
        fix: `lyncauth enroll ${flags}`,
      };
    default:
      return { detail: 'it stopped before a key was made', why: 'it is of no use until it is ended', fix: `lyncauth enroll ${flags}` };
  }
}
