// quit and exit: leave the shell at once.
import { command } from '../../command.ts';

export const quit = command({
  options: {},
  offline: true,
  run(shell) {
    shell.leaving = true;
  },
});
