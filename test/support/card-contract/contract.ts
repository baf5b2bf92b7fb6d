/** The contract: every stack, every cell, in the order in which they are measured and shown. */
import type { Cell } from './cell.js';
import { keyCells } from './key-cells.js';
import { labCells } from './lab-cells.js';
import { lookCells } from './look-cells.js';
import { lastCells, pinCells } from './pin-cells.js';
import { pivByOpenSc, pivByYkcs11 } from './piv-stacks.js';
import { removalCells } from './removal-cells.js';
import type { StackKind } from './stack.js';
import { faultModule, p11Kit, softHsm, tpm } from './stacks.js';

export const stackKinds: readonly StackKind[] = [softHsm, faultModule, tpm, p11Kit, pivByYkcs11, pivByOpenSc];

export const cells: readonly Cell[] = [...lookCells, ...pinCells, ...keyCells, ...removalCells, ...labCells, ...lastCells];
