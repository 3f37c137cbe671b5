// `npm run check`: everything that can be said about the sources without running them.
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { ownNode } from './own-node.mjs';
import { attempt, main, root } from './step.mjs';

/** Runs all checks. @returns the names of those that failed */
export function check() {
  const node = ownNode();
  const tool = (name, ...args) => [join(root, 'node_modules', ...name.split('/')), ...args];
  // Each tool finds the repository's Node on PATH when it starts helpers of its own.
  const env = { PATH: `${join(root, 'node_modules', '.bin')}:${process.env.PATH}` };
  const failed = [];
  const run = (name, what, args) => {
    if (!attempt(`check: ${name} (${what})`, node, args, env)) failed.push(name);
  };
  run('format', 'Biome', tool('@biomejs/biome/bin/biome', 'format', '.'));
  run('lint', 'oxlint, with types', tool('oxlint/bin/oxlint', '--type-aware'));
  run('types', 'tsc over sources and tests', tool('typescript/bin/tsc', '--noEmit'));
  run('dead code', 'knip', tool('knip/bin/knip.js', '--no-progress'));
  run('floors', 'who imports whom, and what ARCHITECTURE.md says', ['--test', 'test/floors.test.ts']);
  return failed;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(() => {
    const failed = check();
    if (failed.length > 0) throw new Error(`failed: ${failed.join(', ')}`);
    console.log('all checks passed');
  });
}
