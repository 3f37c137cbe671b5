#!/usr/bin/env node
// The entry of the program: turns on the cache of compiled code, then loads only what the command line needs.
import module from 'node:module';

// Only root writes below /var/cache; others have a folder of their own, never a shared one such as /tmp.
const cache =
  process.getuid?.() === 0 ? '/var/cache' : process.env['XDG_CACHE_HOME'] || `${process.env['HOME'] ?? ''}/.cache`;
if (process.env['NODE_COMPILE_CACHE'] === undefined && cache.startsWith('/')) {
  module.enableCompileCache(`${cache}/virtwire/compiled`);
}
void import('./main.ts').then(async ({ main }) => process.exit(await main(process.argv.slice(2))));
