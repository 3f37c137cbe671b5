// iface-destroy: brings an interface of the host down.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { activeInterface } from '../../interface-option.ts';
import { findInterface } from '../../lookup.ts';

export const ifaceDestroy = command({
  description: 'Brings an interface of the host down; its definition stays.',
  options: { interface: activeInterface },
  async run(shell, args) {
    const found = await findInterface(shell, args.text('interface'));
    await attempt(found.destroy(), `Failed to destroy interface ${found.name}`);
    shell.extra(`Interface ${found.name} destroyed\n`);
  },
});
