/** Judges what the program itself stands on: Node, its addons, its files. */

import { cardsOf } from './cards.js';
import type { AddonFacts, Check, Facts, Finding, Trouble } from './facts.js';

export const node: Check = {
  id: 'node',
  title: 'Node.js',
  run: ({ node: version, platform, arch }) => {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    const detail = `${version} on ${platform} ${arch}`;
    if (major > 20 || (major === 20 && minor >= 19)) return [{ status: 'ok', detail }];
    return [{ status: 'fail', detail, why: 'older versions than 20.19 lack what lyncauth uses', fix: 'install Node.js 20.19 or newer' }];
  },
};

export const addons: Check = {
  id: 'addons',
  title: 'native addons',
  run: (facts) => {
    const { facts: found, end, trouble } = facts.addons;
    if (found === undefined) return [notLoaded(end, trouble)];
    const wrong = [cards(found), tls(found), pinPad(found, facts)].flatMap((finding) => finding ?? []);
    const loaded = [
      found.cards === undefined ? ['pkcs11js (cards)'] : [],
      found.tls === undefined ? ['lyncauth (TLS with the card, time limits)'] : [],
      found.pinPad === undefined ? ['koffi (PIN pads)'] : [],
    ].flat();
    return [...(loaded.length === 0 ? [] : [{ status: 'ok' as const, detail: loaded.join(', ') }]), ...wrong];
  },
};

function notLoaded(end: Facts['addons']['end'], trouble: Trouble | undefined): Finding {
  const during = 'call' in end && end.call !== undefined ? ` while ${end.call} was loaded` : '';
  const said = trouble === undefined ? '' : `: ${trouble.message}`;
  return {
    status: 'fail',
    detail: `the process that loads them ended${during}${end.how === 'crashed' ? ` by ${end.signal}` : ''}${said}`,
    why: 'without them no card can be used',
    fix: 'npm rebuild -g --foreground-scripts (in a checkout: npm rebuild)',
  };
}

function cards({ cards: trouble }: AddonFacts): Finding | undefined {
  return trouble && { status: 'fail', detail: trouble.message, why: 'without it no card can be used', fix: trouble.hint };
}

function tls({ tls: trouble }: AddonFacts): Finding | undefined {
  if (trouble === undefined) return undefined;
  const why = 'signing in then needs curl with an OpenSSL engine, and a driver that hangs is not ended';
  return { status: 'warn', detail: trouble.message, why, fix: trouble.hint };
}

/** Few readers have one: it is missed only there. */
function pinPad({ pinPad: trouble }: AddonFacts, facts: Facts): Finding | undefined {
  const pad = cardsOf(facts).find((card) => card.pinPad);
  if (trouble === undefined || pad === undefined) return undefined;
  const why = `the reader ${pad.reader} takes PINs on its own keys only`;
  return { status: 'fail', detail: trouble.message, why, fix: trouble.hint };
}

export const files: Check = {
  id: 'files',
  title: 'settings and records',
  run: ({ unreadable }) =>
    unreadable.map(({ message, hint }) => ({
      status: 'fail',
      detail: message,
      why: 'commands that need it end with this error',
      fix: hint,
    })),
};
