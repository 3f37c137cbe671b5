// net-undefine: removes the definition of a network.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { findNetwork } from '../../lookup.ts';
import { definedNetwork } from '../../network-option.ts';

export const netUndefine = command({
  description: 'Removes the definition of a network.',
  options: { network: definedNetwork },
  async run(shell, args) {
    const network = await findNetwork(shell, args.text('network'));
    await attempt(network.undefine(), `Failed to undefine network ${network.name}`);
    shell.extra(`Network ${network.name} has been undefined\n`);
  },
});
