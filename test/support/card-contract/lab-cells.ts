/** Cells of the contract at the practice organisation: what the program is for. */
import { type Bench, ofRun } from './bench.js';
import type { Cell } from './cell.js';
import type { Measured } from './stack.js';

const ALICE = 'alice@lab.test';

async function enroll({ run, stack, lab }: Bench, more: readonly string[] = []) {
  const result = await run(['enroll', '--yes', ...more], { 'so-pin': stack.soPin });
  if (result.code === 0 && lab.journal().length > 0) throw new Error('an enrollment stayed open');
  return result;
}

/** Certificates of Alice that `cards` shows, each with its key. */
async function identities({ run, stack }: Bench): Promise<string[]> {
  const [{ token }] = (await run(['cards', '--card', stack.label])).json().result.readers;
  const ofAlice = token.certificates.filter(({ upn }: { upn?: string }) => upn === ALICE);
  return ofAlice.map(({ sha256 }: { sha256: string }) => sha256);
}

async function enrollOnce(bench: Bench): Promise<Measured> {
  const run = await enroll(bench);
  if (run.code !== 0) return ofRun(run);
  const { status, token, certificate } = run.json().result;
  const [found, ...more] = await identities(bench);
  const one = found === certificate.sha256 && more.length === 0;
  return one ? { does: `${status}, ${token.kind}` } : { cannot: `${more.length + 1} certificates` };
}

async function signIn({ run }: Bench): Promise<Measured> {
  const signedIn = await run(['sign-in', ALICE]);
  if (signedIn.code !== 0) return ofRun(signedIn);
  const { method } = signedIn.json().result;
  return ofRun(await run(['sign-out']), `by \`${method}\``);
}

async function replace(bench: Bench): Promise<Measured> {
  const before = await identities(bench);
  const run = await enroll(bench, ['--replace']);
  if (run.code !== 0) return ofRun(run);
  const { replaced, certificate } = run.json().result;
  const after = await identities(bench);
  const old = replaced.map(({ sha256 }: { sha256: string }) => sha256);
  const done = old.join() === before.join() && after.join() === certificate.sha256;
  return done ? { does: 'yes' } : { cannot: `replaced ${old.length}, left ${after.length}` };
}

export const labCells: readonly Cell[] = [
  { id: 'enroll', title: 'Enroll', text: '`enroll` at the practice organisation.', run: enrollOnce },
  { id: 'sign-in', title: 'Sign in', text: '`sign-in` there, and `sign-out`.', run: signIn },
  { id: 'replace', title: 'Replace', text: '`enroll --replace`: afterwards one certificate of the user, the new one.', run: replace },
];
