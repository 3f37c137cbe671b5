// Runs a packed program (argument 1) with the arguments that follow, and keeps what V8 has compiled when it exits.
const { renameSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

const [node, , program, ...rest] = process.argv;
const exit = process.exit.bind(process);
process.argv = [node, program, ...rest];
process.exit = (code) => {
  const { cached, scripts } = require(program);
  for (const name of code === 0 ? cached : []) {
    const path = join(dirname(program), `${name}.cache`);
    writeFileSync(`${path}.new`, scripts.get(name).createCachedData());
    renameSync(`${path}.new`, path);
  }
  exit(code);
};
require(program);
