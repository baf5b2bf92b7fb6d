#!/usr/bin/env node
// Checks the Node version, then starts dist/main.js; nothing else. Written so that even a very old Node can read it and say
// what is wrong: no import or export statement, no syntax younger than import().
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

  import('../dist/main.js').then(
    function run(program) {
      return program.main(process.argv).then(function end(code) {
        process.exitCode = code;
      });
    },
    function missing(error) {
      if (error.code !== 'ERR_MODULE_NOT_FOUND' || !/dist[\\/]main\.js' imported/.test(error.message)) throw error;
      fail('the program has not been built: dist/main.js is missing', 'run npm run build');
    },
  );
})();
