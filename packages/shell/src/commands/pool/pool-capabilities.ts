// pool-capabilities: prints which kinds of pools there can be, as XML.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';

export const poolCapabilities = command({
  description: 'Prints which kinds of pools there can be, as XML.',
  options: {},
  async run(shell) {
    const call = shell.connection.getStoragePoolCapabilities();
    shell.print(`${await attempt(call, 'failed to get storage pool capabilities')}\n`);
  },
});
