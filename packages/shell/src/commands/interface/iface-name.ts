// iface-name: prints the name of an interface of the host.
import { command } from '../../command.ts';
import { anyInterface } from '../../interface-option.ts';
import { findInterface } from '../../lookup.ts';

export const ifaceName = command({
  options: { interface: anyInterface },
  async run(shell, args) {
    shell.print(`${(await findInterface(shell, args.text('interface'), ['mac'])).name}\n`);
  },
});
