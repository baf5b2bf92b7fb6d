/** Cells of the contract about a card that is pulled out in the middle, and put back. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { StepAnswer } from '../card-step.js';
import { cleanEnvironment } from '../cli.js';
import { buildScript } from '../script.js';
import { type Bench, ending, ofRun } from './bench.js';
import type { Cell } from './cell.js';
import type { Measured } from './stack.js';

/** A process that signs before, while and after the card is out. Its answers to the last two. */
async function signAcross({ stack, env, lab }: Bench): Promise<{ out: StepAnswer; back: StepAnswer }> {
  const { modulePath, label, pin, soPin, keys } = stack;
  const script = await buildScript('cards/pulled-out.ts');
  const args = [script, JSON.stringify({ modulePath, label, pin, soPin }), keys.rsa2048];
  // what drivers print of their own accord is not looked at
  const child = spawn(process.execPath, args, { env: { ...cleanEnvironment(lab.dir), ...env }, stdio: ['pipe', 'pipe', 'ignore'] });
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<StepAnswer> => JSON.parse((await lines.next()).value ?? '{"refused":{"code":"crashed","message":""}}');
    const before = await next();
    if (before.refused !== undefined) throw new Error(`the card did not sign: ${before.refused.message}`);
    await stack.pullOut();
    child.stdin.write('out\n');
    const out = await next();
    await stack.putBack();
    child.stdin.end('back\n');
    return { out, back: await next() };
  } finally {
    child.kill('SIGKILL');
  }
}

const said = ({ refused }: StepAnswer) => (refused === undefined ? 'signs on' : `\`${refused.ckr ?? refused.code}\``);

async function pullOut(bench: Bench): Promise<Measured> {
  const { out, back } = await signAcross(bench);
  const begins = (how: string) => `the session: ${said(out)}; put back, the same process: ${how}`;
  return back.refused === undefined ? { does: begins('signs') } : { cannot: begins(said(back)) };
}

async function whileOut({ check, stack }: Bench): Promise<Measured> {
  await stack.pullOut();
  const out = await check(stack.pin);
  await stack.putBack();
  const back = ofRun(await check(stack.pin));
  return 'does' in back ? { does: `${ending(out)}; put back: works` } : back;
}

export const removalCells: readonly Cell[] = [
  {
    id: 'pull-out',
    title: 'Pull out in a session',
    text: 'A process signs, signs while the card is out, and begins anew when it is back.',
    run: pullOut,
  },
  { id: 'put-back', title: 'Put back', text: '`change-pin --check` without the card, and with it again.', run: whileOut },
];
