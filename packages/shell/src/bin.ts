#!/usr/bin/env node
// The entry of the program: turns on the cache of compiled code, then loads only what the command line needs.
import module from 'node:module';
import { compileCacheFolder } from './compile-cache.ts';

const folder = compileCacheFolder(process.env);
if (folder !== null) module.enableCompileCache(folder);
const { main } = await import('./main.ts');
process.exit(await main(process.argv, process.env));
