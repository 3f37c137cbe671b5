// nodedev-event: waits for events of devices of the host and prints them.
import type { Connection, NodeDevice } from 'virtwire';
import { command } from '../../command.ts';
import { text } from '../../option.ts';
import { nodeDeviceNames, oneOf } from '../../completers.ts';
import { chosenKind, type EventSource, eventOptions, eventSource, eventWait, waitForEvents } from '../../event-loop.ts';
import { findNodeDevice } from '../../lookup.ts';

// virNodeDeviceEventLifecycleType
const LIFECYCLE = ['Created', 'Deleted', 'Defined', 'Undefined'];

type MakeSource = (connection: Connection, device: { readonly device?: NodeDevice }) => EventSource;
const KINDS: Readonly<Record<string, MakeSource>> = {
  lifecycle: (connection, filter) =>
    eventSource({
      subscribe: (signal) => connection.nodeDeviceEvents('lifecycle', { signal, ...filter }),
      text: ({ device, event }) =>
        `event 'lifecycle' for node device ${device.name}: ${LIFECYCLE[event] ?? 'unknown'}\n`,
    }),
  update: (connection, filter) =>
    eventSource({
      subscribe: (signal) => connection.nodeDeviceEvents('update', { signal, ...filter }),
      text: ({ device }) => `event 'update' for node device ${device.name}\n`,
    }),
};

export const nodedevEvent = command({
  description: 'Waits for events of devices of the host and prints them.',
  options: {
    device: text('only events of this device', { complete: nodeDeviceNames }),
    event: text('the kind of event', { complete: oneOf(...Object.keys(KINDS)) }),
    ...eventOptions,
  },
  async run(shell, args) {
    const make = chosenKind(shell, args, KINDS);
    if (make === null) return;
    const wait = eventWait(args);
    const named = args.text('device');
    const filter = named === undefined ? {} : { device: await findNodeDevice(shell, named) };
    await waitForEvents(shell, [make(shell.connection, filter)], wait);
  },
});
