// iface-begin: keeps the settings of the interfaces, to come back to them.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';

export const ifaceBegin = command({
  description: 'Keeps the settings of the interfaces of the host, so that iface-rollback can come back to them.',
  options: {},
  async run(shell) {
    await attempt(shell.connection.beginInterfaceChange(), 'Failed to begin network config change transaction');
    shell.extra('Network config change transaction started\n');
  },
});
