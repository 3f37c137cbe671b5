// net-start: starts a defined network.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { findNetwork } from '../../lookup.ts';
import { inactiveNetwork } from '../../network-option.ts';

export const netStart = command({
  description: 'Starts a defined network.',
  options: { network: inactiveNetwork },
  async run(shell, args) {
    const network = await findNetwork(shell, args.text('network'));
    await attempt(network.create(), `Failed to start network ${network.name}`);
    shell.extra(`Network ${network.name} started\n`);
  },
});
