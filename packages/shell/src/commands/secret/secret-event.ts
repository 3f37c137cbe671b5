// secret-event: waits for events of secrets and prints them.
import type { Connection, Secret } from 'virtwire';
import { command } from '../../command.ts';
import { oneOf } from '../../completers.ts';
import { chosenKind, type EventSource, eventOptions, eventSource, eventWait, waitForEvents } from '../../event-loop.ts';
import { text } from '../../option.ts';
import { findSecret, secretUuids } from './find-secret.ts';

// virSecretEventLifecycleType
const LIFECYCLE = ['Defined', 'Undefined'];

type MakeSource = (connection: Connection, secret: { readonly secret?: Secret }) => EventSource;
const KINDS: Readonly<Record<string, MakeSource>> = {
  lifecycle: (connection, filter) =>
    eventSource({
      subscribe: (signal) => connection.secretEvents('lifecycle', { signal, ...filter }),
      text: ({ secret, event }) => `event 'lifecycle' for secret ${secret.uuid}: ${LIFECYCLE[event] ?? 'unknown'}\n`,
    }),
  'value-changed': (connection, filter) =>
    eventSource({
      subscribe: (signal) => connection.secretEvents('valueChanged', { signal, ...filter }),
      text: ({ secret }) => `event 'value-changed' for secret ${secret.uuid}\n`,
    }),
};

export const secretEvent = command({
  description: 'Waits for events of secrets and prints them.',
  options: {
    secret: text('only events of this secret', { complete: secretUuids }),
    event: text('the kind of event', { complete: oneOf(...Object.keys(KINDS)) }),
    ...eventOptions,
  },
  async run(shell, args) {
    const make = chosenKind(shell, args, KINDS);
    if (make === null) return;
    const wait = eventWait(args);
    const named = args.text('secret');
    const filter = named === undefined ? {} : { secret: await findSecret(shell, named) };
    await waitForEvents(shell, [make(shell.connection, filter)], wait);
  },
});
