// net-name: prints the name of a network.
import { command } from '../../command.ts';
import { findNetwork } from '../../lookup.ts';
import { anyNetwork } from '../../network-option.ts';

export const netName = command({
  options: { network: anyNetwork },
  async run(shell, args) {
    shell.print(`${(await findNetwork(shell, args.text('network'), ['uuid'])).name}\n`);
  },
});
