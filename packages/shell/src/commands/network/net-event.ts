// net-event: waits for network events and prints them.
import { command } from '../../command.ts';
import { text } from '../../option.ts';
import { networkNames, oneOf } from '../../completers.ts';
import { eventOptions, eventSource, eventWait, waitForEvents } from '../../event-loop.ts';
import { fail } from '../../failure.ts';
import { findNetwork } from '../../lookup.ts';

// virNetworkEventLifecycleType
const LIFECYCLE = ['Defined', 'Undefined', 'Started', 'Stopped'];

export const netEvent = command({
  description: 'Waits for network events and prints them.',
  options: {
    network: text('only events of this network', { complete: networkNames() }),
    event: text('the kind of event', { complete: oneOf('lifecycle') }),
    ...eventOptions,
  },
  async run(shell, args) {
    if (args.flag('list')) {
      shell.print('lifecycle\n');
      return;
    }
    const kind = args.text('event');
    if (kind === undefined) fail('either --list or --event <type> is required');
    if (kind !== 'lifecycle') fail(`unknown event type ${kind}`);
    const wait = eventWait(args);
    const named = args.text('network');
    const network = named === undefined ? {} : { network: await findNetwork(shell, named) };
    const source = eventSource({
      subscribe: (signal) => shell.connection.networkEvents('lifecycle', { signal, ...network }),
      text: ({ network, event }) => `event 'lifecycle' for network ${network.name}: ${LIFECYCLE[event] ?? 'unknown'}\n`,
    });
    await waitForEvents(shell, [source], wait);
  },
});
