// pool-event: waits for events of storage pools and prints them.
import type { Connection, StoragePool } from 'virtwire';
import { command } from '../../command.ts';
import { text } from '../../option.ts';
import { oneOf, poolNames } from '../../completers.ts';
import { chosenKind, type EventSource, eventOptions, eventSource, eventWait, waitForEvents } from '../../event-loop.ts';
import { findPool } from '../../lookup.ts';

// virStoragePoolEventLifecycleType
const LIFECYCLE = ['Defined', 'Undefined', 'Started', 'Stopped', 'Created', 'Deleted'];

type MakeSource = (connection: Connection, pool: { readonly pool?: StoragePool }) => EventSource;
const KINDS: Readonly<Record<string, MakeSource>> = {
  lifecycle: (connection, filter) =>
    eventSource({
      subscribe: (signal) => connection.storagePoolEvents('lifecycle', { signal, ...filter }),
      text: ({ pool, event }) => `event 'lifecycle' for storage pool ${pool.name}: ${LIFECYCLE[event] ?? 'unknown'}\n`,
    }),
  refresh: (connection, filter) =>
    eventSource({
      subscribe: (signal) => connection.storagePoolEvents('refresh', { signal, ...filter }),
      text: ({ pool }) => `event 'refresh' for storage pool ${pool.name}\n`,
    }),
};

export const poolEvent = command({
  description: 'Waits for events of storage pools and prints them.',
  options: {
    pool: text('only events of this pool', { complete: poolNames() }),
    event: text('the kind of event', { complete: oneOf(...Object.keys(KINDS)) }),
    ...eventOptions,
  },
  async run(shell, args) {
    const make = chosenKind(shell, args, KINDS);
    if (make === null) return;
    const wait = eventWait(args);
    const named = args.text('pool');
    const filter = named === undefined ? {} : { pool: await findPool(shell, named) };
    await waitForEvents(shell, [make(shell.connection, filter)], wait);
  },
});
