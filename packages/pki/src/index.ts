// The face of the package: the program, and what the shell's `setup` builds on.
export { main, type User } from './main.ts';
export type { Terminal } from './context.ts';
export { processTerminal } from './process-terminal.ts';
export { setUpHost, type SetupOptions, type SetupPlace, type SetupResult, undoSetup } from './setup/setup.ts';
