// net-destroy: stops a network.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { findNetwork } from '../../lookup.ts';
import { activeNetwork } from '../../network-option.ts';

export const netDestroy = command({
  description: 'Stops a network; its definition stays.',
  options: { network: activeNetwork },
  async run(shell, args) {
    const network = await findNetwork(shell, args.text('network'));
    await attempt(network.destroy(), `Failed to destroy network ${network.name}`);
    shell.extra(`Network ${network.name} destroyed\n`);
  },
});
