/** Cells of the contract that need no PIN. */
import { type Bench, ofRun } from './bench.js';
import type { Cell } from './cell.js';
import type { Measured } from './stack.js';

/** What `cards` says of the card of the contract. */
async function cardAsListed({ run, stack }: Bench) {
  const { readers } = (await run(['cards', '--card', stack.label])).json().result;
  return readers[0].token;
}

async function list(bench: Bench): Promise<Measured> {
  const { kind, driver, pin } = await cardAsListed(bench);
  return { does: `${kind}, \`${driver}\`, PIN of ${pin.min} to ${pin.max} bytes, ${pin.state}` };
}

async function select(bench: Bench): Promise<Measured> {
  const { label, serial } = await cardAsListed(bench);
  const uri = `pkcs11:token=${encodeURIComponent(label)};serial=${encodeURIComponent(serial)}`;
  const found: string[] = [];
  const refused: string[] = [];
  for (const [name, selector] of Object.entries({ label, serial, URI: uri })) {
    const run = await bench.run(['cards', '--card', selector]);
    const token = run.json().result?.readers[0].token;
    if (token?.label === label && token.serial === serial) found.push(name);
    else refused.push(`${name}: \`${run.json().error?.code}\``);
  }
  const by = `by ${found.join(', ')}`;
  return refused.length === 0 ? { does: by } : { cannot: [by, ...refused].join('; ') };
}

export const lookCells: readonly Cell[] = [
  { id: 'list', title: 'List', text: '`cards`: kind, driver profile, length and state of the PIN.', run: list },
  {
    id: 'select',
    title: 'Select',
    text: '`cards --card`, with two cards there: by label, serial number, `pkcs11:` URI.',
    run: select,
  },
  { id: 'login', title: 'Log in', text: '`change-pin --check`.', run: async ({ check, stack }) => ofRun(await check(stack.pin)) },
];
