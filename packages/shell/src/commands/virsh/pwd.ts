// pwd: prints the current folder.
import { command } from '../../command.ts';

export const pwd = command({
  description: 'Prints the current folder.',
  options: {},
  offline: true,
  run(shell) {
    shell.print(`${process.cwd()}\n`);
  },
});
