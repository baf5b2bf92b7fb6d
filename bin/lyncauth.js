#!/usr/bin/env node
// Checks the Node version, then starts dist/main.cjs; nothing else. Written so that even a very old Node can read it and say
// what is wrong: no import or export statement, no younger syntax.
(function start() {
  var oldest = [20, 19];
  var parts = process.versions.node.split('.').map(Number);

  function fail(problem, hint) {
    process.stderr.write('lyncauth: error: ' + problem + '\nlyncauth: hint: ' + hint + '\n');
    process.exitCode = 1;
  }

  if (parts[0] < oldest[0] || (parts[0] === oldest[0] && parts[1] < oldest[1])) {
    fail('this is Node.js ' + process.versions.node + ', which is too old', 'install Node.js ' + oldest.join('.') + ' or newer');
    return;
  }

  var program;
  try {
    // Not import(): Node's loader of ES modules would read every file twice.
    program = require('../dist/main.cjs');
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND' || error.message.indexOf("'../dist/main.cjs'") === -1) throw error;
    fail('the program has not been built: dist/main.cjs is missing', 'run npm run build');
    return;
  }
  program.main(process.argv).then(function end(code) {
    process.exitCode = code;
  });
})();
