// iface-start: brings an interface of the host up.
import { command } from '../../command.ts';
import { attempt } from '../../failure.ts';
import { inactiveInterface } from '../../interface-option.ts';
import { findInterface } from '../../lookup.ts';

export const ifaceStart = command({
  description: 'Brings an interface of the host up.',
  options: { interface: inactiveInterface },
  async run(shell, args) {
    const found = await findInterface(shell, args.text('interface'));
    await attempt(found.create(), `Failed to start interface ${found.name}`);
    shell.extra(`Interface ${found.name} started\n`);
  },
});
