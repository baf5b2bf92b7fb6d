/** The PIN of a PIV card through OpenSC by the built program, at the card's own log: tries are spent one a run and never the last, and the PUK is never taken for the PIN. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { factoryState, saveState } from '../fixtures/piv-card/state.js';
import { type CliResult, runCli } from '../support/cli.js';
import { openScConf } from '../support/opensc-conf.js';
import type { PivCard } from '../support/piv-card.js';
import { fillPivCard } from '../support/piv-content.js';
import { secretFile } from '../support/secret-files.js';
import { tempDir } from '../support/temp-dir.js';
import { openReader } from './piv-card/tools.js';

const PIN = '735194';
const WRONG = '862051';
const NEXT = '940362';
const LAST = '517283';
const SETTING = 'user_pin_unblock_style = set_pin_in_unlogged_session';

type Module = 'opensc' | 'ykcs11';

interface PinDesk {
  card: PivCard;
  /** `lyncauth ARGS --json --no-input` with files for these secrets. */
  run(args: string[], secrets: Record<string, string>, env?: Record<string, string>): Promise<CliResult>;
  check(pin: string): Promise<CliResult>;
  conf: { OPENSC_CONF: string };
}

/** A card whose PIN is no published default. @param left tries */
async function openPinDesk(module: Module, left = 3): Promise<PinDesk> {
  const dir = tempDir('piv-pin');
  const path = join(dir, 'card.json');
  const state = factoryState();
  saveState(path, { ...state, pin: { ...state.pin, value: PIN, left } });
  fillPivCard(path, { '9a': 'rsa2048' });
  const reader = await openReader({ cards: [path] });
  const run: PinDesk['run'] = (args, secrets, env = {}) => {
    const files = Object.entries(secrets).flatMap(([name, text]) => [`--${name}-file`, secretFile(dir, name, text)]);
    const flags = ['--module', reader.modules[module], '--json', '--no-input', ...files];
    return runCli([...args, ...flags], { env: { ...reader.env, HOME: dir, ...env } });
  };
  return { card: reader.card, run, check: (pin) => run(['change-pin', '--check'], { pin }), conf: openScConf(dir) };
}

/** What the card was given a PIN or a PUK in, and its answers. */
function attempts(card: PivCard): string[] {
  const secret = ['verify', 'changeReferenceData', 'resetRetryCounter'];
  const asked = card.log().filter(({ name }) => secret.includes(name));
  card.clearLog();
  return asked.map(({ name, status }) => `${name} ${status}`);
}

/** One wrong PIN a run, until the program refuses to try another. */
async function spendTries({ card, check }: PinDesk): Promise<void> {
  for (const [status, state] of [
    ['63c2', undefined],
    ['63c1', 'final'],
  ]) {
    const wrong = await check(WRONG);
    expect(wrong.json().error).toMatchObject({ code: 'PIN_INCORRECT', ...(state && { details: { pinState: state } }) });
    expect([wrong.code, attempts(card)]).toEqual([5, [`verify ${status}`]]);
  }
  const refused = await check(WRONG);
  expect(refused.json().error).toMatchObject({ code: 'PIN_FINAL_TRY', details: { pinState: 'final' } });
  expect([refused.code, attempts(card), card.state().pin.left]).toEqual([6, [], 1]);
}

test('through OpenSC wrong PINs end before the last try, and the PUK unblocks where OpenSC is seen to be set up for it', async () => {
  const desk = await openPinDesk('opensc');
  const { card, run, check, conf } = desk;
  await spendTries(desk);

  const unseen = await run(['unblock-pin'], { puk: card.puk, 'new-pin': NEXT });
  expect(unseen.json().error).toMatchObject({ code: 'CARD_UNSUPPORTED', hint: expect.stringMatching(`${SETTING}.*OPENSC_CONF`) });
  expect([unseen.code, attempts(card), card.state().puk.left, card.state().pin.left]).toEqual([3, [], 3, 1]);

  const unblocked = await run(['unblock-pin'], { puk: card.puk, 'new-pin': NEXT }, conf);
  expect(unblocked.json().result).toMatchObject({ unblocked: true, pin: { state: 'ok' } });
  expect([unblocked.code, attempts(card), card.state().pin]).toEqual([0, ['resetRetryCounter 9000'], { value: NEXT, left: 3, max: 3 }]);

  const changed = await run(['change-pin'], { pin: NEXT, 'new-pin': LAST }, conf);
  expect([changed.code, changed.json().result.changed, card.state().pin.value, card.state().puk.left]).toEqual([0, true, LAST, 3]);
  const [old, right] = [await check(NEXT), await check(LAST)];
  expect([old.code, old.json().error.code, right.code]).toEqual([5, 'PIN_INCORRECT', 0]);
});

test('an OpenSC that is not set up is given the PUK for a blocked PIN only, which it leaves as it is', async () => {
  const { card, run, check, conf } = await openPinDesk('opensc', 0);
  const blocked = await check(PIN);
  expect([blocked.code, blocked.json().error.code, attempts(card)]).toEqual([6, 'PIN_LOCKED', []]);
  const refused = await run(['unblock-pin'], { puk: card.puk, 'new-pin': LAST });
  expect(refused.json().error).toMatchObject({
    code: 'CARD_UNSUPPORTED',
    message: expect.stringContaining('the driver OpenSC is not set up to take a PUK (CKR_PIN_LOCKED)'),
    hint: expect.stringMatching(`${SETTING}.*OPENSC_CONF`),
  });
  expect([refused.code, card.state().pin.left, card.state().puk.left]).toEqual([3, 0, 3]);
  const unblocked = await run(['unblock-pin'], { puk: card.puk, 'new-pin': LAST }, conf);
  expect([unblocked.code, card.state().pin]).toEqual([0, { value: LAST, left: 3, max: 3 }]);
});

test('through ykcs11 the PUK unblocks, and the state that is told afterwards is that of now', async () => {
  const desk = await openPinDesk('ykcs11');
  const { card, run, check } = desk;
  await spendTries(desk);
  const unblocked = await run(['unblock-pin'], { puk: card.puk, 'new-pin': NEXT });
  expect(unblocked.json().result).toMatchObject({ unblocked: true, pin: { state: 'ok' } });
  expect([unblocked.code, attempts(card)]).toEqual([0, ['resetRetryCounter 9000', 'verify 9000']]);
  const changed = await run(['change-pin'], { pin: NEXT, 'new-pin': LAST });
  expect([changed.code, changed.json().result.pin.state, card.state().pin]).toEqual([0, 'ok', { value: LAST, left: 3, max: 3 }]);
  expect((await check(NEXT)).code).toBe(5);
});
