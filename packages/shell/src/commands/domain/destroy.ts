// destroy: stops a domain at once; its definition stays.
import { command } from '../../command.ts';
import { flag } from '../../option.ts';
import { runningDomain } from '../../domain-option.ts';
import { attempt } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';

// virDomainDestroyFlagsValues
const DestroyFlags = { Graceful: 1, RemoveLogs: 2 } as const;

export const destroy = command({
  description: 'Stops the domain at once, as by pulling its plug.',
  options: {
    domain: runningDomain,
    graceful: flag('give up rather than kill a process that does not end'),
    'remove-logs': flag('remove its log files'),
  },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'));
    const flags =
      (args.flag('graceful') ? DestroyFlags.Graceful : 0) | (args.flag('remove-logs') ? DestroyFlags.RemoveLogs : 0);
    const call = flags === 0 ? domain.destroy() : domain.destroyFlags(flags);
    await attempt(call, `Failed to destroy domain '${domain.name}'`);
    shell.extra(`Domain '${domain.name}' destroyed\n`);
  },
});
