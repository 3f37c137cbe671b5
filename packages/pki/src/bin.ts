#!/usr/bin/env node
// The entry of the program: the real terminal and environment around it.
import { main } from './main.ts';
import { processTerminal } from './process-terminal.ts';

process.exitCode = await main(process.argv.slice(2), process.env, processTerminal);
