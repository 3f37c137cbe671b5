// net-autostart: says whether a network starts with the host.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { attempt } from '../../failure.ts';
import { findNetwork } from '../../lookup.ts';
import { definedNetwork } from '../../network-option.ts';

export const netAutostart = command({
  description: 'Makes the network start with the host, or stops it from doing so.',
  options: { network: definedNetwork, disable: flag('do not start it with the host') },
  async run(shell, args) {
    const network = await findNetwork(shell, args.text('network'));
    const marked = args.flag('disable') ? 'unmark' : 'mark';
    await attempt(
      network.setAutostart(!args.flag('disable')),
      `failed to ${marked} network ${network.name} as autostarted`,
    );
    shell.extra(`Network ${network.name} ${marked}ed as autostarted\n`);
  },
});
