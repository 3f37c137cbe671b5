// net-info: prints the main facts of a network.
import { command } from '../../command.ts';
import { labelLine, yesNo } from '../../format.ts';
import { findNetwork } from '../../lookup.ts';
import { anyNetwork } from '../../network-option.ts';

export const netInfo = command({
  description: 'Prints the main facts of the network.',
  options: { network: anyNetwork },
  async run(shell, args) {
    const network = await findNetwork(shell, args.text('network'));
    const [active, persistent, autostart, bridge] = await Promise.allSettled([
      network.isActive(),
      network.isPersistent(),
      network.getAutostart(),
      network.getBridgeName(),
    ]);
    shell.print(labelLine('Name:', network.name));
    shell.print(labelLine('UUID:', network.uuid));
    if (active.status === 'fulfilled') shell.print(labelLine('Active:', yesNo(active.value)));
    shell.print(labelLine('Persistent:', persistent.status === 'fulfilled' ? yesNo(persistent.value) : 'unknown'));
    shell.print(labelLine('Autostart:', autostart.status === 'fulfilled' ? yesNo(autostart.value) : 'no autostart'));
    // A network without a bridge answers with an error, which means no more than that.
    if (bridge.status === 'fulfilled') shell.print(labelLine('Bridge:', bridge.value));
  },
});
