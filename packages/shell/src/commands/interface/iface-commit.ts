// iface-commit: keeps what was changed since iface-begin.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';

export const ifaceCommit = command({
  description: 'Keeps what was changed since iface-begin.',
  options: {},
  async run(shell) {
    await attempt(shell.connection.commitInterfaceChange(), 'Failed to commit network config change transaction');
    shell.extra('Network config change transaction committed\n');
  },
});
