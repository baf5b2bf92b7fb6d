/** Cells of the contract about the PIN. */
import { type Bench, ending, ofRun } from './bench.js';
import type { Cell } from './cell.js';
import type { Measured } from './stack.js';

const WRONG = '60718293';
const NEXT = '71829304';
/** More than any card allows. */
const MANY = 5;

async function wrongPin({ check, stack }: Bench): Promise<Measured> {
  const refused = await check(WRONG);
  const { pinState } = refused.json().error.details;
  const right = await check(stack.pin);
  await stack.forgetWrongPins();
  return { does: `${ending(refused)}; the flags say ${pinState}, after the right PIN ${right.json().result.pin.state}` };
}

async function changePin({ run, check, stack }: Bench): Promise<Measured> {
  const changed = await run(['change-pin'], { pin: stack.pin, 'new-pin': NEXT });
  if (changed.code !== 0) return ofRun(changed);
  const old = await check(stack.pin);
  await stack.forgetWrongPins();
  const back = await run(['change-pin'], { pin: NEXT, 'new-pin': stack.pin });
  return old.code === 5 ? ofRun(back) : { cannot: `the old PIN: ${old.code}` };
}

/** The program's runs with a wrong PIN until one is not refused as wrong, then C_Login itself until the PIN is blocked, then the right PIN. */
async function lockOut({ check, step, stack }: Bench): Promise<Measured> {
  let wrong = 0;
  let run = await check(WRONG);
  for (; run.json().error.code === 'PIN_INCORRECT'; run = await check(WRONG)) {
    wrong += 1;
    if (wrong === MANY) return { cannot: `${wrong} times \`CKR_PIN_INCORRECT\`, then the right PIN: ${(await check(stack.pin)).code}` };
  }
  const answers: string[] = [];
  while (answers.length < MANY && answers.at(-1) !== 'CKR_PIN_LOCKED')
    answers.push((await step({ step: 'wrong-pin', pin: WRONG })).refused?.ckr ?? 'taken');
  const driver = answers.map((name) => `\`${name}\``).join(', ');
  return { does: `${wrong} wrong, then ${ending(run)}; \`C_Login\`: ${driver}; the right PIN: ${ending(await check(stack.pin))}` };
}

/** Where the blocked card refuses, the same is tried when its tries are back. */
async function unblock({ run, check, stack }: Bench): Promise<Measured> {
  const [kind, by] = stack.puk === undefined ? (['SO PIN', { 'so-pin': stack.soPin }] as const) : (['PUK', { puk: stack.puk }] as const);
  const setNext = () => run(['unblock-pin'], { ...by, 'new-pin': NEXT });
  const blocked = await setNext();
  if (blocked.code !== 0) await stack.forgetWrongPins();
  const unblocked = blocked.code === 0 ? blocked : await setNext();
  if (unblocked.code !== 0) return { cannot: ending(unblocked) };
  const [next, old] = [await check(NEXT), await check(stack.pin)];
  if (next.code !== 0 || old.code !== 5) return { cannot: `new PIN: ${next.code}, old PIN: ${old.code}` };
  return blocked.code === 0 ? { does: `by ${kind}` } : { cannot: `${ending(blocked)}; when the tries are back: by ${kind}` };
}

export const pinCells: readonly Cell[] = [
  { id: 'wrong-pin', title: 'Wrong PIN', text: '`change-pin --check` with a wrong PIN, then with the right one.', run: wrongPin },
  { id: 'change-pin', title: 'Change the PIN', text: '`change-pin`: the old PIN is refused afterwards. And back.', run: changePin },
];

/** Those that come last: the PIN is another one then. */
export const lastCells: readonly Cell[] = [
  {
    id: 'lock-out',
    title: 'Lock-out',
    text: '`change-pin --check` with a wrong PIN until it is not tried, then `C_Login` alone; at last the right PIN.',
    run: lockOut,
  },
  { id: 'unblock', title: 'Unblock', text: '`unblock-pin` on the blocked card: the new PIN works, the old one does not.', run: unblock },
];
