// A P-256 enrollment against the pipeline that people script today, in turn, at the same practice CA; and many cards in one process.
// Prints a table; fails when a goal is missed. Needs Debian's opensc and libengine-pkcs11-openssl.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';
import { printTable } from './table.mjs';

const rounds = 15;
// A provisioning run: long enough that what is measured is the work and not the warming up.
const cards = 60;
const here = dirname(fileURLToPath(import.meta.url));
const program = join(here, '../bin/lyncauth.js');

if (process.argv[2] !== 'inside') {
  const { status } = spawnSync(
    process.execPath,
    [program, 'lab', 'run', '--', process.execPath, fileURLToPath(import.meta.url), 'inside'],
    { stdio: 'inherit' },
  );
  process.exit(status ?? 1);
}

const work = mkdtempSync(join(tmpdir(), 'lyncauth-bench-'));
const times = { pipeline: [], lyncauth: [] };
for (let round = 0; round < rounds; round++) {
  const pair = { pipeline: newToken(`pipeline ${round}`), lyncauth: newToken(`lyncauth ${round}`) };
  times.pipeline.push(timed(() => pipeline(pair.pipeline)));
  times.lyncauth.push(timed(() => enroll(pair.lyncauth)));
}
for (let card = 0; card <= cards; card++) newToken(`many ${card}`);
const many = enrollMany('many ').slice(1);
rmSync(work, { recursive: true, force: true });

const base = median(times.pipeline);
const rows = [
  { name: 'pipeline of today', value: base },
  { name: 'lyncauth enroll', value: median(times.lyncauth), goal: 3 },
  { name: 'each further card', value: median(many), goal: 0.4 },
];
if (!printTable('P-256 enrollment', 'ms', rows)) process.exitCode = 1;

function newToken(label) {
  execFileSync('softhsm2-util', ['--init-token', '--free', '--label', label, '--so-pin', '12345678', '--pin', pin()], { stdio: 'pipe' });
  return label;
}

function pin() {
  return execFileSync('cat', [process.env.LYNCAUTH_PIN_FILE], { encoding: 'utf8' }).trim();
}

function pipeline(label) {
  const folder = join(work, label.replace(' ', '-'));
  mkdirSync(folder);
  execFileSync('bash', [join(here, 'pipeline.sh'), label, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
}

function enroll(label) {
  const flags = ['--json', '--no-input', '--yes', '--quiet', '--key-type', 'p256', '--card', label];
  execFileSync(process.execPath, [program, 'enroll', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Milliseconds of each card, one process for all. */
function enrollMany(prefix) {
  return JSON.parse(
    execFileSync(process.execPath, [bundle('enroll-many'), prefix], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }),
  );
}

/** Wall time of `call`, in milliseconds; its set-up is done by then. */
function timed(call) {
  const start = performance.now();
  call();
  return performance.now() - start;
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
