// `npm run bench`: installs and builds what is missing, then measures; arguments go to bench/run.ts.
import process from 'node:process';
import { ensureBuilt } from './bundle.mjs';
import { ensureInstalled } from './install.mjs';
import { ownNode } from './own-node.mjs';
import { ensurePeers } from './peers.mjs';
import { main, step } from './step.mjs';

await main(async () => {
  ensureInstalled();
  ensurePeers();
  await ensureBuilt();
  step('bench: measure', ownNode(), ['--conditions=source', 'bench/run.ts', ...process.argv.slice(2)]);
});
