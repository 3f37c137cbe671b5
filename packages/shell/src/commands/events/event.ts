// event: waits for domain events and prints them.
import { command } from '../../command.ts';
import { flag, text } from '../../option.ts';
import { domainNames } from '../../completers.ts';
import { eventOptions, eventWait, waitForEvents } from '../../event-loop.ts';
import { fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { domainEventKinds } from './domain-event-text.ts';

export const event = command({
  description: 'Waits for domain events and prints them.',
  options: {
    domain: text('only events of this domain', { complete: domainNames }),
    event: text('the kind of event', { complete: () => domainEventKinds.map(({ name }) => name) }),
    all: flag('all kinds of events'),
    loop: eventOptions.loop,
    timeout: eventOptions.timeout,
    list: eventOptions.list,
    timestamp: eventOptions.timestamp,
  },
  async run(shell, args) {
    args.exclusive('all', 'event');
    args.exclusive('list', 'all');
    args.exclusive('list', 'event');
    if (args.flag('list')) {
      for (const { name } of domainEventKinds) shell.print(`${name}\n`);
      return;
    }
    const asked = args.text('event');
    if (asked === undefined && !args.flag('all')) fail('one of --list, --all, or --event <type> is required');
    const kinds = asked === undefined ? domainEventKinds : domainEventKinds.filter(({ name }) => name === asked);
    if (kinds.length === 0) fail(`unknown event type ${asked}`);
    const wait = eventWait(args);
    const named = args.text('domain');
    const domain = named === undefined ? undefined : await findDomain(shell, named);
    const sources = kinds.map((kind) => kind.source(shell.connection, domain));
    await waitForEvents(shell, sources, wait);
  },
});
