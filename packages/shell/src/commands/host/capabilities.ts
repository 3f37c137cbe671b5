// capabilities: prints what the host and its hypervisor can do, as XML.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';

export const capabilities = command({
  description: 'Prints what the host and its hypervisor can do, as XML.',
  options: {},
  async run(shell) {
    const xml = await attempt(shell.connection.getCapabilities(), 'failed to get capabilities');
    shell.print(`${xml}\n`);
  },
});
