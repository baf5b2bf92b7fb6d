/** The reader of the tests: it is up soon, apart from every other, keeps its cards' content, and does to a card what a user can. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startPivReader } from '../../support/piv-card.js';
import { tempDir } from '../../support/temp-dir.js';
import { openFilledReader, openReader, pkcs11Tool, use } from './tools.js';

describe('readers', () => {
  test('four at once know nothing of each other', async () => {
    const readers = await Promise.all([1, 2, 3, 4].map(() => openReader()));
    const serials = await Promise.all(
      readers.map(async (reader) => {
        const { stdout } = await use(reader, ['yubico-piv-tool', '--reader', 'Yubico', '--action', 'status']);
        return Number(stdout.match(/Serial Number:\s+(\d+)/)?.[1]);
      }),
    );
    expect(serials).toEqual(readers.map(({ card }) => card.state().serial));
    expect(new Set(serials).size).toBe(4);
  });

  test('leave nothing behind when they are closed', async () => {
    const { dir, env, close } = await startPivReader();
    await close();
    expect(existsSync(dir)).toBe(false);
    expect((await use({ env }, ['opensc-tool', '--list-readers'])).stdout).not.toContain('Yubico');
  });

  test('keep two cards apart, in two slots of which either can be empty', async () => {
    const cards = ['one.json', 'two.json'].map((name) => join(tempDir('piv-state'), name));
    const reader = await openReader({ cards });
    const [one, two] = reader.cards;
    const serials = async () => {
      const { stdout } = await pkcs11Tool(reader, 'ykcs11', '--list-token-slots');
      return [...stdout.matchAll(/serial num +: +(\d+)/g)].map((match) => Number(match[1]));
    };
    const both = [one?.state().serial, two?.state().serial];
    expect(await serials()).toEqual(both);
    await one?.pullOut();
    expect(await serials()).toEqual([both[1]]);
    await one?.putBack();
    await two?.pullOut();
    expect(await serials()).toEqual([both[0]]);
  });
});

describe('a card', () => {
  test('keeps what it was given when its reader is closed and another one opened', async () => {
    const path = join(tempDir('piv-state'), 'card.json');
    const first = await startPivReader({ cards: [path] });
    await pkcs11Tool(first, 'ykcs11', '--login', '--pin', '999999', '--list-objects');
    const officer = ['--login', '--login-type', 'so', '--so-pin', first.card.managementKey];
    await pkcs11Tool(first, 'ykcs11', ...officer, '--keypairgen', '--key-type', 'EC:prime256v1', '--id', '02');
    const kept = first.card.state();
    await first.close();
    expect([kept.pin.left, Object.keys(kept.keys)]).toEqual([2, ['9c']]);

    const second = await openReader({ cards: [path] });
    expect(second.card.state()).toEqual(kept);
    const { stdout } = await use(second, ['yubico-piv-tool', '--reader', 'Yubico', '--action', 'status']);
    expect(stdout).toMatch(/PIN tries left:\s+2/);
  });

  test('leaves at the command that was planned for it, before it is carried out or after', async () => {
    const { reader } = await openFilledReader({ '9a': 'p256' });
    const { card } = reader;
    const officer = ['--login', '--login-type', 'so', '--so-pin', card.managementKey];
    const make = () => pkcs11Tool(reader, 'ykcs11', ...officer, '--keypairgen', '--key-type', 'EC:prime256v1', '--id', '02');
    await card.plan({ at: 'generateKeyPair', what: 'leave' });
    expect((await make()).code).not.toBe(0);
    expect(Object.keys(card.state().keys)).toEqual(['9a']);
    await card.putBack();
    await card.plan({ at: 'generateKeyPair', what: 'leave', done: true });
    expect((await make()).code).not.toBe(0);
    expect(Object.keys(card.state().keys)).toEqual(['9a', '9c']);
    expect(card.log().at(-1)).toMatchObject({ name: 'generateKeyPair', response: '' });
    await card.putBack();
    expect((await make()).code).toBe(0);
  });

  test('that is frozen answers nothing until it thaws, then what it was asked', async () => {
    const { reader } = await openFilledReader({ '9a': 'p256' });
    const { card } = reader;
    await card.plan({ at: 'verify', what: 'freeze' });
    let ended = false;
    const run = pkcs11Tool(reader, 'opensc', '--login', '--pin', card.pin, '--list-objects').finally(() => {
      ended = true;
    });
    await card.happened();
    expect(ended).toBe(false);
    expect(card.log().some(({ name }) => name === 'verify')).toBe(false);
    await card.thaw();
    expect((await run).code).toBe(0);
    expect(card.log().some(({ name, status }) => name === 'verify' && status === '9000')).toBe(true);
  });
});
