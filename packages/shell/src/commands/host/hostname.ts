// hostname: prints the name of the host.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';

export const hostname = command({
  description: 'Prints the name of the host.',
  options: {},
  async run(shell) {
    const name = await attempt(shell.connection.getHostname(), 'failed to get hostname');
    shell.print(`${name}\n`);
  },
});
