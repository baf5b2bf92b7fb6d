/** When OpenSC can be seen to take a PUK, and when not: then it might take it for the PIN. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { setUpForPuk } from '../../../src/pkcs11/opensc-conf.js';
import { openScConf } from '../../support/opensc-conf.js';
import { tempDir } from '../../support/temp-dir.js';

const SET = 'user_pin_unblock_style = set_pin_in_unlogged_session;';

function seen(text: string): boolean {
  return setUpForPuk(openScConf(tempDir('opensc-conf'), text));
}

test.each([
  `app opensc-pkcs11 { pkcs11 { ${SET} } }`,
  `app default { pkcs11 { ${SET} } }`,
  `# with comments\napp opensc-pkcs11 {\n  pkcs11 {\n    # user_pin_unblock_style = none;\n    ${SET} # and here\n  }\n}\n`,
  `app default { debug = 3; card_drivers = piv, "internal"; } app "opensc-pkcs11" { pkcs11 { max_virtual_slots = 2; ${SET} } }`,
  `app default { reader_driver pcsc { } } app opensc-pkcs11 { pkcs11 { user_pin_unblock_style = "set_pin_in_unlogged_session"; } }`,
])('it takes the PUK: %s', (text) => {
  expect(seen(text)).toBe(true);
});

test.each([
  ['', 'empty'],
  ['app default { }', 'not said'],
  [`app opensc-pkcs11 { # pkcs11 { ${SET} }\n}`, 'in a comment'],
  [`app opensc-pkcs11 { ${SET} }`, 'in another block'],
  [`app opensc-explorer { pkcs11 { ${SET} } }`, 'of another program'],
  ['app opensc-pkcs11 { pkcs11 { user_pin_unblock_style = init_pin_in_so_session; } }', 'another style'],
  [`app opensc-pkcs11 { pkcs11 { ${SET} user_pin_unblock_style = none; } }`, 'twice'],
  [`app opensc-pkcs11 { pkcs11 { } } app default { pkcs11 { ${SET} } }`, 'in the block that is not looked at'],
  [`app opensc-pkcs11 { pkcs11 { ${SET} }`, 'not closed'],
  [`app opensc-pkcs11 { pkcs11 { ${SET} } } }`, 'closed once too often'],
  [`app opensc-pkcs11 { pkcs11 { ${SET.slice(0, -1)} } }`, 'no semicolon'],
  [`app opensc-pkcs11 { pkcs11 { ${SET} debug; } }`, 'no value'],
])('it may take the PUK for the PIN: %s (%s)', (text) => {
  expect(seen(text)).toBe(false);
});

test('so may one whose file is not named, or cannot be read', () => {
  expect(setUpForPuk({})).toBe(false);
  expect(setUpForPuk({ OPENSC_CONF: join(tempDir('opensc-conf'), 'missing') })).toBe(false);
});
