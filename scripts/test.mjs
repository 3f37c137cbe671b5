// `npm test`: installs what is missing, then checks, unit tests and interop tests; `--only unit|interop` runs one part.
import process from 'node:process';
import { ensureBuilt } from './bundle.mjs';
import { check } from './check.mjs';
import { ensureInstalled } from './install.mjs';
import { ownNode } from './own-node.mjs';
import { ensurePeers } from './peers.mjs';
import { attempt, main } from './step.mjs';

const UNIT = ['packages/*/src/**/*.test.ts', 'test/*.test.ts', 'test/launcher/*.test.ts'];
const INTEROP = ['test/interop/**/*.test.ts'];

/** Parts by name. Each returns what failed, as words; nothing when all went well. */
const PARTS = {
  checks: check,
  unit: () => runTests('unit tests', UNIT),
  interop: async () => {
    ensurePeers();
    await ensureBuilt();
    return runTests('interop tests', INTEROP, { VIRTWIRE_FROM: 'bundle' });
  },
};

const USAGE = `usage: npm test [-- --only ${Object.keys(PARTS).join('|')}]`;

await main(async () => {
  const [option, value = '', ...more] = process.argv.slice(2);
  if (option === '--help' || option === '-h') {
    console.log(USAGE);
    return;
  }
  if (option !== undefined && (option !== '--only' || !Object.hasOwn(PARTS, value) || more.length > 0)) {
    throw new Error(USAGE);
  }
  const results = [];
  ensureInstalled();
  for (const name of option === undefined ? Object.keys(PARTS) : [value]) {
    results.push({ name, failed: await PARTS[name]() });
  }
  console.log();
  for (const { name, failed } of results) {
    console.log(failed.length === 0 ? `passed  ${name}` : `FAILED  ${name}: ${failed.join(', ')}`);
  }
  if (results.some(({ failed }) => failed.length > 0)) process.exitCode = 1;
});

// Two files at a time: the tests start daemons and shells, and two cores are what a small machine has. A file that hangs is
// ended with what it has said, long before anybody's patience.
function runTests(what, patterns, env = {}) {
  const options = [
    '--conditions=source',
    '--test',
    '--test-reporter=spec',
    '--test-concurrency=2',
    '--test-timeout=600000',
  ];
  return attempt(`test: ${what}`, ownNode(), [...options, ...patterns], env) ? [] : ['see above'];
}
