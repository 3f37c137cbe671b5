// iface-rollback: comes back to the settings before iface-begin.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';

export const ifaceRollback = command({
  description: 'Comes back to the settings before iface-begin.',
  options: {},
  async run(shell) {
    await attempt(shell.connection.rollbackInterfaceChange(), 'Failed to rollback network config change transaction');
    shell.extra('Network config change transaction rolled back\n');
  },
});
