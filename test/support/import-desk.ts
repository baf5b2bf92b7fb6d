/** A desk with a card, the password and the PIN in files, and a CA that hands out keys: for the tests of `lyncauth import`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type CardObject, cardObjects } from './card-objects.js';
import type { CliResult } from './cli.js';
import { createDesk, type Desk } from './desk.js';
import { type Handed, handoutCa, pfx } from './handout.js';
import { secretFile } from './secret-files.js';

export const PASSWORD = 'Handed-out-Grüße-46';
export const UPN = 'kim@contoso.com';
/** Made once for a test file: it is the same authority for all of its cards. */
export const CA = handoutCa();

export interface ImportDesk {
  /** Of the test that runs. */
  readonly desk: Desk;
  /** Writes a file for the test and returns its path. */
  file(name: string, content: string | Uint8Array): string;
  /** A .pfx with the password. */
  pfx(one: Handed, options?: Parameters<typeof pfx>[2]): string;
  /** `lyncauth import FILE --json --no-input --yes --upn …`, with the password and the PIN. */
  run(file: string, args?: string[]): Promise<CliResult>;
  objects(): CardObject[];
  /** `C_Login 0x0`, of the calls that change the card or want a PIN. */
  calls(): string[];
}

/** A new desk for each test of the file. */
export function importDesk(): ImportDesk {
  let desk: Desk;
  beforeEach(() => {
    desk = createDesk();
    secretFile(desk.dir, 'password', PASSWORD);
    secretFile(desk.dir, 'pin', desk.token.pin);
  });
  afterEach(() => desk.remove());
  const file: ImportDesk['file'] = (name, content) => {
    writeFileSync(join(desk.dir, name), content);
    return join(desk.dir, name);
  };
  return {
    get desk() {
      return desk;
    },
    file,
    pfx: (one, options) => file('kim.pfx', pfx(one, PASSWORD, options)),
    run: (name, args = []) => {
      const secrets = ['--password-file', join(desk.dir, 'password'), '--pin-file', join(desk.dir, 'pin')];
      return desk.run(['import', name, '--json', '--no-input', '--yes', '--upn', UPN, ...secrets, ...args]);
    },
    objects: () => cardObjects(desk.token),
    calls: () =>
      desk.card
        .log()
        .filter((line) => /^C_(Login|CreateObject|DestroyObject|SetPIN) /.test(line))
        .map((line) => line.split(' ').slice(0, 2).join(' ')),
  };
}
