/** How a card's PIN can be unblocked, and with what: as the profile of its driver says, carefully where there is none. */
import type { Context } from '../context.js';
import { LyncauthError } from '../errors.js';
import { generic } from '../pkcs11/drivers/generic.js';
import { opensc } from '../pkcs11/drivers/opensc.js';
import { HOW_TO_CONFIGURE } from '../pkcs11/opensc-conf.js';
import type { CardSession } from '../pkcs11/session.js';
import { pukNotByPinPad, takesPuk, type UnblockStyle, unblockKind } from '../pkcs11/unblock.js';

export interface UnblockSources {
  pukFile?: string | undefined;
  soPinFile?: string | undefined;
}

const ASK_ISSUER = 'ask the people who issued the card to unblock it';
const FLAGS = { PUK: '--puk-file', 'SO PIN': '--so-pin-file' } as const;

/**
 * @returns never a style that the card's flags speak against
 * @throws LyncauthError CARD_UNSUPPORTED where lyncauth cannot unblock the card; USAGE for a file with the wrong one of PUK and SO PIN, or with both
 * where nobody knows which; INPUT_REQUIRED
 */
export async function unblockStyle(context: Context, session: CardSession, sources: UnblockSources): Promise<UnblockStyle> {
  const { unblock, id, name } = session.driver;
  const { label } = session.card;
  if (id === generic.id) return await styleByWhatIsThere(context, session, sources);
  if (unblock === 'none') {
    throw new LyncauthError('CARD_UNSUPPORTED', `the driver ${name} gives lyncauth no way to unblock the PIN of card "${label}"`, {
      hint: ASK_ISSUER,
    });
  }
  const kind = unblockKind(unblock);
  const [given, other] = kind === 'PUK' ? [sources.pukFile, sources.soPinFile] : [sources.soPinFile, sources.pukFile];
  if (given === undefined && other !== undefined) {
    const wrong = kind === 'PUK' ? 'SO PIN' : 'PUK';
    throw new LyncauthError('USAGE', `the PIN of card "${label}" (driver ${name}) is unblocked with its ${kind}, not with a ${wrong}`, {
      hint: `give ${FLAGS[kind]} FILE instead of ${FLAGS[wrong]}`,
    });
  }
  if (unblock === 'setpin-prefixed' && session.tokenInfo().pinPad) throw pukNotByPinPad();
  return kind === 'PUK' ? usingPuk(session, unblock) : unblock;
}

/** Of a driver that nobody knows: the way that the standard has for an SO PIN, and for a PUK the one that is usual. */
async function styleByWhatIsThere(context: Context, session: CardSession, { pukFile, soPinFile }: UnblockSources): Promise<UnblockStyle> {
  if (pukFile !== undefined && soPinFile !== undefined)
    throw new LyncauthError('USAGE', '--puk-file and --so-pin-file contradict each other', {
      hint: 'give the one that the card came with',
    });
  if (soPinFile !== undefined) return 'so-initpin';
  if (pukFile !== undefined) return usingPuk(session, 'setpin-puk');
  const style = await context.prompter.select<UnblockStyle>({
    message: `What came with card "${session.card.label}" to unblock it?`,
    flag: '--puk-file FILE or --so-pin-file FILE',
    choices: [
      { value: 'setpin-puk', label: 'a PUK' },
      { value: 'so-initpin', label: 'an SO PIN (of the security officer or administrator)' },
    ],
  });
  return style === 'setpin-puk' ? usingPuk(session, style) : style;
}

/** A driver that takes no PUK takes it for the current PIN: that costs a try, unless no try is left. */
function usingPuk(session: CardSession, style: UnblockStyle): UnblockStyle {
  if (takesPuk(session) || session.tokenInfo().pin.state === 'locked') return style;
  const byPuk = session.driver.id === opensc.id ? `; by PUK: ${HOW_TO_CONFIGURE}` : '';
  throw new LyncauthError(
    'CARD_UNSUPPORTED',
    `the PIN of card "${session.card.label}" is not blocked, and its driver may take a PUK for the PIN`,
    {
      hint: `lyncauth change-pin, with the PIN${byPuk}`,
    },
  );
}
