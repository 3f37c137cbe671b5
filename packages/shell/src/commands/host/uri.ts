// uri: prints the URI of the connection.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';

export const uri = command({
  description: 'Prints the URI of the connection.',
  options: {},
  async run(shell) {
    const uri = await attempt(shell.connection.getUri(), 'failed to get URI');
    shell.print(`${uri}\n`);
  },
});
