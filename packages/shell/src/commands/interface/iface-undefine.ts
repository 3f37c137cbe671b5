// iface-undefine: removes the definition of an interface of the host.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { anyInterface } from '../../interface-option.ts';
import { findInterface } from '../../lookup.ts';

export const ifaceUndefine = command({
  description: 'Removes the definition of an interface of the host.',
  options: { interface: anyInterface },
  async run(shell, args) {
    const found = await findInterface(shell, args.text('interface'));
    await attempt(found.undefine(), `Failed to undefine interface ${found.name}`);
    shell.extra(`Interface ${found.name} undefined\n`);
  },
});
