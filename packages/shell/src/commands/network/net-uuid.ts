// net-uuid: prints the UUID of a network.
import { command } from '../../command.ts';
import { findNetwork } from '../../lookup.ts';
import { anyNetwork } from '../../network-option.ts';

export const netUuid = command({
  options: { network: anyNetwork },
  async run(shell, args) {
    shell.print(`${(await findNetwork(shell, args.text('network'), ['name'])).uuid}\n`);
  },
});
