// The group of the command that waits for domain events.
import type { CommandGroup } from '../../command.ts';

/** The command that waits for domain events. */
export const eventsGroup: CommandGroup = {
  title: 'Domain Events',
  keyword: 'events',
  commands: {
    event: { summary: 'wait for domain events', load: async () => (await import('./event.ts')).event },
  },
};
